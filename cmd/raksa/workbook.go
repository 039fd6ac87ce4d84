//go:build !tablet

package main

import (
	"context"
	"os"

	"raksa/screening/form/xlsform"
	"raksa/screening/form/xlsx"
)

// readWorkbook reads a workbook in a child process: this program again.
func readWorkbook(ctx context.Context, file string) (xlsform.Workbook, error) {
	program, err := os.Executable()
	if err != nil {
		return xlsform.Workbook{}, err
	}
	return xlsx.Apart(ctx, file, program, "tool", "form", "child")
}

func writeWorkbook(book xlsform.Workbook) ([]byte, error) { return xlsx.Write(book) }

type formChild struct{}

// Run is the whole life of the child.
func (formChild) Run() error { return xlsx.Child(os.Stdin, os.Stdout) }
