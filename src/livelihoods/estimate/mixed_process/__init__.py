"""The conditional mixed process: equations of different kinds with jointly normal errors."""
