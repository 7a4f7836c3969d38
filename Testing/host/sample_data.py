"""`SampleData`: where modules register their sample cases, and the press of a button.

Slicer: Modules/Scripted/SampleData/SampleData.py: sources lie in slicer.modules.sampleDataSources[category]; all lists
of a source have the same length; a source whose text equals a registered one is not registered again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer


class SampleDataSource:
    """One sample. `customDownloader(source)` fetches it in place of the download of `uris`."""

    def __init__(
        self,
        sampleName: str | None = None,
        sampleDescription: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        checksums: Any = None,
        loadFiles: Any = None,
        customDownloader: Callable[[Any], Any] | None = None,
        thumbnailFileName: str | None = None,
        loadFileType: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
    ) -> None:
        self.sampleName, self.sampleDescription = sampleName, sampleDescription or sampleName
        self.customDownloader, self.thumbnailFileName = customDownloader, thumbnailFileName
        self.loadFileProperties = loadFileProperties or {}
        count = 1 if isinstance(uris, str) else len(uris)
        given = (uris, fileNames, nodeNames, checksums, loadFiles, loadFileType)
        lists = [each if isinstance(each, (list, tuple)) else [each] * count for each in given]
        if any(len(each) != count for each in lists):
            raise ValueError(f"lists of sample '{sampleName}' differ in length: {[len(each) for each in lists]}")
        self.uris, self.fileNames, self.nodeNames, self.checksums, self.loadFiles, self.loadFileType = lists

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in sorted(vars(self).items()))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)


class SampleDataLogic:
    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Callable[[Any], Any] | None = None,
        thumbnailFileName: str | None = None,
        loadFileType: Any = "VolumeFile",
        loadFiles: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        checksums: Any = None,
    ) -> None:
        made = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            thumbnailFileName=thumbnailFileName,
            loadFileType=loadFileType,
            loadFiles=loadFiles,
            loadFileProperties=loadFileProperties,
            checksums=checksums,
            customDownloader=customDownloader,
        )
        of_category = slicer.modules.sampleDataSources.setdefault(category, [])
        if made not in of_category:
            of_category.append(made)

    def downloadFromSource(self, source: SampleDataSource) -> list[Any]:
        """What the button of a sample does; only sources with a downloader of their own are for this host."""
        if source.customDownloader is None:
            raise RuntimeError(f"sample '{source.sampleName}' would be downloaded; the host has no network")
        source.customDownloader(source)
        return []

    def downloadSamples(self, sampleName: str) -> list[Any]:
        for sources in slicer.modules.sampleDataSources.values():
            for source in sources:
                if source.sampleName == sampleName:
                    return self.downloadFromSource(source)
        return []
