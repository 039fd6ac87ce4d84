package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"raksa/screening/form"
	"raksa/screening/form/xlsform"
	"raksa/screening/indicator"
)

// formTools work on the forms as workbooks. They run at the office or on a case
// laptop; a program built with the tag "tablet" opens no workbook.
type formTools struct {
	Compile formCompile `cmd:"" help:"Make a definition of the workbooks."`
	Check   formCheck   `cmd:"" help:"Say by sheet and cell what is wrong in the workbooks, or that nothing is; a definition (JSON) is checked by loading it."`
	Diff    formDiff    `cmd:"" help:"Say what a newer form adds, removes, renames, moves, rewords and rules otherwise, and whether it may follow in the field."`
	Export  formExport  `cmd:"" help:"Write a definition as the workbooks short.xlsx and long.xlsx."`
	Child   formChild   `cmd:"" hidden:"" help:"Read one workbook from standard input; started by the others."`
}

// readBooks reads workbooks; a folder stands for its short.xlsx and long.xlsx.
func readBooks(ctx context.Context, paths []string) ([]xlsform.Workbook, error) {
	var books []xlsform.Workbook
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err != nil {
			return nil, err
		} else if info.IsDir() {
			files = []string{filepath.Join(path, "short.xlsx"), filepath.Join(path, "long.xlsx")}
		}
		for _, file := range files {
			book, err := readWorkbook(ctx, file)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
			}
			books = append(books, book)
		}
	}
	return books, nil
}

func compileBooks(ctx context.Context, paths []string) (xlsform.Result, error) {
	books, err := readBooks(ctx, paths)
	if err != nil {
		return xlsform.Result{}, err
	}
	return xlsform.Compile(indicator.Builtin(), books...), nil
}

type formCompile struct {
	Workbooks []string `arg:"" help:"The workbooks, or the folder with short.xlsx and long.xlsx."`
	Out       string   `short:"o" required:"" help:"Where to write the definition (JSON)."`
	JSON      bool     `help:"Answer in JSON."`
}

// Run writes the definition only when nothing is wrong.
func (c *formCompile) Run(ctx context.Context) error {
	result, err := compileBooks(ctx, c.Workbooks)
	if err != nil {
		return err
	}
	if len(result.Faults) == 0 {
		if err := writeWhole(c.Out, result.Source.Write()); err != nil {
			return err
		}
	}
	return report(result, c.JSON)
}

type formCheck struct {
	Workbooks []string `arg:"" help:"The workbooks, the folder with short.xlsx and long.xlsx, or a definition (JSON)."`
	JSON      bool     `help:"Answer in JSON."`
}

// Run compiles and keeps nothing.
func (c *formCheck) Run(ctx context.Context) error {
	if len(c.Workbooks) == 1 && strings.HasSuffix(c.Workbooks[0], ".json") {
		return c.checkDefinition(c.Workbooks[0])
	}
	result, err := compileBooks(ctx, c.Workbooks)
	if err != nil {
		return err
	}
	return report(result, c.JSON)
}

// checkDefinition loads a definition: loading is the check.
func (c *formCheck) checkDefinition(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	def, err := form.Load(text)
	if err != nil {
		return &failed{what: err.Error()}
	}
	return report(xlsform.Result{Definition: def}, c.JSON)
}

// report says what was found, in plain lines or as JSON.
func report(result xlsform.Result, asJSON bool) error {
	items, short, version := 0, 0, ""
	if d := result.Definition; d != nil {
		items, version = len(d.Items()), d.Version()
		for _, item := range d.Items() {
			if item.InShort {
				short++
			}
		}
	}
	if asJSON {
		faults := append([]xlsform.Fault{}, result.Faults...) // an empty list, not null
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"version": version, "questions": items, "short": short, "faults": faults}); err != nil {
			return err
		}
	} else {
		for _, fault := range result.Faults {
			fmt.Println(fault)
		}
		if len(result.Faults) == 0 {
			fmt.Printf("form %s: %d questions, %d of them in the short form; 0 faults: every question can be reached, every text stands in Khmer and English\n", version, items, short)
		}
	}
	if n := len(result.Faults); n > 0 {
		return &failed{what: fmt.Sprintf("%d faults", n)}
	}
	return nil
}

type formDiff struct {
	Before string `arg:"" help:"The older form: a folder of workbooks, one workbook that is both forms, a definition (JSON), or \"builtin\"."`
	After  string `arg:"" help:"The newer form, likewise."`
	JSON   bool   `help:"Answer in JSON."`
}

// Run compares; a difference is no failure.
func (c *formDiff) Run(ctx context.Context) error {
	before, err := sourceOf(ctx, c.Before)
	if err != nil {
		return err
	}
	after, err := sourceOf(ctx, c.After)
	if err != nil {
		return err
	}
	changes := xlsform.Diff(before, after)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(append([]xlsform.Change{}, changes...))
	}
	for _, change := range changes {
		fmt.Println(change)
	}
	fmt.Printf("%d differences\n", len(changes))
	if len(changes) > 0 {
		fmt.Println(mayFollow(before, after))
	}
	return nil
}

// mayFollow says whether the newer form may be published behind the older one.
func mayFollow(before, after *form.Source) string {
	older, err := form.Load(before.Write())
	if err != nil {
		return "the older form does not load: " + err.Error()
	}
	newer, err := form.Load(after.Write())
	if err == nil {
		err = newer.Follows(older)
	}
	if err != nil {
		return "may not follow in the field: " + err.Error()
	}
	return fmt.Sprintf("%s may follow %s in the field", newer.Version(), older.Version())
}

// sourceOf reads a form from wherever it stands.
func sourceOf(ctx context.Context, path string) (*form.Source, error) {
	if path == "builtin" {
		return form.ParseSource(form.BuiltinSource())
	}
	if strings.HasSuffix(path, ".json") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return form.ParseSource(text)
	}
	result, err := compileBooks(ctx, []string{path})
	if err == nil && len(result.Faults) > 0 {
		err = &failed{what: fmt.Sprintf("%d faults, the first: %s", len(result.Faults), result.Faults[0])}
	}
	return result.Source, err
}

type formExport struct {
	Form string `arg:"" help:"A definition (JSON), or \"builtin\"."`
	Out  string `short:"o" required:"" type:"existingdir" help:"Folder for short.xlsx and long.xlsx."`
	JSON bool   `help:"Answer in JSON."`
}

// Run writes both workbooks.
func (c *formExport) Run(ctx context.Context) error {
	source, err := sourceOf(ctx, c.Form)
	if err != nil {
		return err
	}
	if _, err := form.Load(source.Write()); err != nil {
		return &failed{what: err.Error()}
	}
	short, long := xlsform.Export(source, indicator.Builtin())
	for _, book := range []xlsform.Workbook{short, long} {
		data, err := writeWorkbook(book)
		if err != nil {
			return err
		}
		if err := writeWhole(filepath.Join(c.Out, book.Name), data); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"version": source.Version, "files": []string{short.Name, long.Name}})
	}
	fmt.Printf("form %s: %s and %s\n", source.Version, short.Name, long.Name)
	return nil
}

// writeWhole writes a file so that nobody ever sees half of it.
func writeWhole(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".raksa-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when all went well
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
