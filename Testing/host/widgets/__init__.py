"""The qMRML and ctk widgets that .ui files name, as real Qt widgets on the real MRML scene; one class a file.

They offer what PythonQt shows of Slicer's classes, and nothing else: Q_PROPERTYs as attributes, slots and Q_INVOKABLEs
as methods, signals.
"""

from host.widgets.ctkCollapsibleButton import ctkCollapsibleButton
from host.widgets.ctkCollapsibleGroupBox import ctkCollapsibleGroupBox
from host.widgets.ctkColorPickerButton import ctkColorPickerButton
from host.widgets.ctkComboBox import ctkComboBox
from host.widgets.ctkDoubleSlider import ctkDoubleSlider
from host.widgets.ctkMessageBox import ctkMessageBox
from host.widgets.ctkPathLineEdit import ctkPathLineEdit
from host.widgets.ctkSearchBox import ctkSearchBox
from host.widgets.ctkSliderWidget import ctkSliderWidget
from host.widgets.qMRMLCollapsibleButton import qMRMLCollapsibleButton
from host.widgets.qMRMLNodeComboBox import qMRMLNodeComboBox
from host.widgets.qMRMLSequenceBrowserPlayWidget import qMRMLSequenceBrowserPlayWidget
from host.widgets.qMRMLSequenceBrowserSeekWidget import qMRMLSequenceBrowserSeekWidget
from host.widgets.qMRMLSliderWidget import qMRMLSliderWidget
from host.widgets.qMRMLWidget import qMRMLWidget
from host.widgets.qSlicerWidget import qSlicerWidget

CTK = (
    ctkCollapsibleButton,
    ctkCollapsibleGroupBox,
    ctkColorPickerButton,
    ctkComboBox,
    ctkDoubleSlider,
    ctkMessageBox,
    ctkPathLineEdit,
    ctkSearchBox,
    ctkSliderWidget,
)
QMRML = (
    qMRMLCollapsibleButton,
    qMRMLNodeComboBox,
    qMRMLSequenceBrowserPlayWidget,
    qMRMLSequenceBrowserSeekWidget,
    qMRMLSliderWidget,
    qMRMLWidget,
    qSlicerWidget,
)
