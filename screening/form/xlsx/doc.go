// Package xlsx opens and writes Excel files for the forms, and nothing else
// does.
//
// Nouns: Read (a file to plain cells, within bounds), Write (the other way
// round) and Apart (Read in a child process of its own).
//
//	office or case laptop                 child process
//	raksa tool form ──file on stdin──► bounds, excelize, bounds
//	                ◄──JSON on stdout── or a refusal
//
// It promises: a file is looked at before the spreadsheet library sees it
// (size, unzipped size, ratio, parts, no macros, no document types); nothing is
// written to a disk; formulas, merged cells and error values are faults with
// their cell, never values; text comes back byte for byte.
//
// A capture tablet never opens a spreadsheet: a test at the root holds that
// neither device nor a program built with the tag "tablet" links this package.
package xlsx
