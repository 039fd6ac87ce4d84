//go:build !tablet

package main

import (
	"context"
	"errors"
	"io"
	"os"

	"raksa/casefile"
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

// readArrivals reads a workbook as an arrivals list, in a child process too.
func readArrivals(ctx context.Context, name string, from io.Reader) ([]casefile.Sheet, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	book, err := xlsx.ApartFrom(ctx, name, from, program, "tool", "form", "child")
	var refused *xlsx.Refused
	if errors.As(err, &refused) {
		return nil, errors.Join(casefile.ErrNoWorkbook, err)
	}
	var sheets []casefile.Sheet
	for _, s := range book.Sheets {
		sheets = append(sheets, casefile.Sheet{Name: s.Name, Rows: s.Rows, Merged: book.Merged[s.Name]})
	}
	return sheets, err
}

func writeWorkbook(book xlsform.Workbook) ([]byte, error) { return xlsx.Write(book) }

type formChild struct{}

// Run is the whole life of the child.
func (formChild) Run() error { return xlsx.Child(os.Stdin, os.Stdout) }
