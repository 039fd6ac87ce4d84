// Package xlsform turns workbooks in the XLSForm convention into the definition
// of the forms, and a definition into workbooks.
//
// Nouns: a Workbook (its sheets as plain text cells), a Fault (what is wrong,
// by workbook, sheet and cell), a Result (the compiled file of a definition)
// and a Change (one difference between two versions).
//
//	short.xlsx ─┐                          ┌─► vif-1.json ─► form.Load
//	            ├─ Workbooks ── Compile ───┤
//	long.xlsx ──┘      ▲                   └─► faults: short.xlsx survey!H12: …
//	                   └────── Export ◄──── vif-1.json
//
// The long workbook holds every question, the short one a part of them, word
// for word the same. A question is in the short form because it stands in the
// short workbook. One workbook may be both.
//
// It promises: what is not understood (a column, a type, a function, a sheet)
// is a fault with its cell and is never dropped; texts pass byte for byte; all
// faults are found at once; compiling what Export wrote gives the same file.
// It reads no files: spreadsheets are opened by screening/form/xlsx.
package xlsform
