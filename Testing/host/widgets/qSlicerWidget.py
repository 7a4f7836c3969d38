"""A widget that has a scene. Slicer: Base/QTGUI/qSlicerWidget.h (the same contract as qMRMLWidget)."""

from host.widgets.qMRMLWidget import qMRMLWidget


class qSlicerWidget(qMRMLWidget):
    pass
