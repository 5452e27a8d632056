package generator

// raisePriority does nothing: on macOS a process has one priority, which its children
// would inherit.
func raisePriority() (nice int, restore func()) { return 0, func() {} }
