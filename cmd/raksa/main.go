// Command raksa is all of Raksa in one program: the tablet (field), the office
// (serve), a made-up night to look at (demo), and tools to look inside (tool).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/rs/zerolog"
)

// cli is the command line.
type cli struct {
	Field fieldCommand `cmd:"" help:"Run a tablet, a case laptop or a partner's laptop: its own database, pages on loopback."`
	Serve serveCommand `cmd:"" help:"Run the office: sync for devices, the desk for supervisors."`
	Demo  demoCommand  `cmd:"" help:"Play a made-up night with an office, three centers' devices and a partner, and serve it."`
	Tool  toolCommand  `cmd:"" help:"Look inside a database, check forms, check an arrivals list."`
}

func main() {
	// A second interrupt ends the program at once; the first lets it finish.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := kong.Parse(&cli{},
		kong.Name("raksa"),
		kong.Description("Raksa keeps what people said at the border, and guards it."),
		kong.UsageOnError(),
	)
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "raksa: "+err.Error())
		os.Exit(exitCode(err))
	}
}

// failed is an end that is not success and has said why already.
type failed struct{ what string }

func (e *failed) Error() string { return e.what }

// exitCode: 1 for trouble, 2 for "looked, and something is wrong".
func exitCode(err error) int {
	var looked *failed
	if errors.As(err, &looked) {
		return 2
	}
	return 1
}

// logger writes JSON lines to stderr: ids and codes, never an answer.
func logger() zerolog.Logger {
	return zerolog.New(os.Stderr).With().Timestamp().Logger()
}
