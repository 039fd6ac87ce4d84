//go:build unix

package main

import "syscall"

// freeBytes says how much a file in a folder may still grow.
func freeBytes(folder string) (free uint64, known bool) {
	var fs syscall.Statfs_t
	if syscall.Statfs(folder, &fs) != nil {
		return 0, false
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize), true
}
