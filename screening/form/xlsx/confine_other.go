//go:build !linux

package xlsx

// confine does nothing here: the bounds of Read, the memory limit of the
// collector and the time limit of the parent are what there is.
func confine() error { return nil }
