//go:build tablet

package main

import (
	"context"
	"errors"
	"io"

	"raksa/casefile"
	"raksa/screening/form/xlsform"
)

var errTablet = errors.New("a tablet opens no workbooks; use the office's program or a case laptop's")

func readWorkbook(context.Context, string) (xlsform.Workbook, error) {
	return xlsform.Workbook{}, errTablet
}

func readArrivals(context.Context, string, io.Reader) ([]casefile.Sheet, error) {
	return nil, errTablet
}
func writeWorkbook(xlsform.Workbook) ([]byte, error) { return nil, errTablet }

type formChild struct{}

// Run refuses.
func (formChild) Run() error { return errTablet }
