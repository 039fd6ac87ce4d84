package xlsx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"time"

	"raksa/screening/form/xlsform"
)

const (
	apartWait     = 60 * time.Second
	answerMax     = 16 << 20
	apartMemory   = 256 << 20 // what the collector of the child works within
	apartProcSecs = 30        // processor time of the child
)

// answer is what the child says.
type answer struct {
	Workbook xlsform.Workbook `json:"workbook"`
	Refused  string           `json:"refused,omitempty"`
}

// Apart reads a workbook in a child process: program with arguments, which
// calls Child. The child has no environment, sees only the file, and may use
// little time and memory. The error is a *Refused for a file that was not
// opened.
func Apart(ctx context.Context, file, program string, arguments ...string) (xlsform.Workbook, error) {
	in, err := os.Open(file)
	if err != nil {
		return xlsform.Workbook{}, err
	}
	defer in.Close()
	return ApartFrom(ctx, filepath.Base(file), in, program, arguments...)
}

// ApartFrom is Apart for a file that is not on a disk, such as one that a
// browser brings.
func ApartFrom(ctx context.Context, name string, in io.Reader, program string, arguments ...string) (xlsform.Workbook, error) {
	ctx, cancel := context.WithTimeout(ctx, apartWait)
	defer cancel()
	child := exec.CommandContext(ctx, program, arguments...)
	child.Env = []string{"GOTRACEBACK=none", "GOMAXPROCS=2"}
	child.Stdin = in
	out := &capped{left: answerMax}
	child.Stdout = out
	if err := child.Run(); err != nil {
		return xlsform.Workbook{}, refuse("reading it took too much time or memory")
	}
	var got answer
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		return xlsform.Workbook{}, fmt.Errorf("xlsx: the child said nothing that can be read: %w", err)
	}
	if got.Refused != "" {
		return xlsform.Workbook{}, &Refused{got.Refused}
	}
	got.Workbook.Name = name
	for i := range got.Workbook.Faults {
		got.Workbook.Faults[i].Workbook = name
	}
	return got.Workbook, nil
}

// Child is the whole life of the child process: bounds on itself, one file
// from in, one answer to out.
func Child(in io.Reader, out io.Writer) error {
	debug.SetMemoryLimit(apartMemory)
	if err := confine(); err != nil {
		return err
	}
	workbook, err := Read("", in)
	said := answer{Workbook: workbook}
	var refused *Refused
	if errors.As(err, &refused) {
		said = answer{Refused: refused.Reason}
	} else if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(said)
}

// capped keeps what the child says, up to a bound.
type capped struct {
	bytes.Buffer
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		return 0, errors.New("xlsx: the child says too much")
	}
	return c.Buffer.Write(p)
}
