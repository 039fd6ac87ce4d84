//go:build linux

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Server is one PostgreSQL server of a test.
type Server struct {
	bin       string // folder of the programs
	dir       string // data and socket lie in it
	as        *syscall.Credential
	databases atomic.Int32
	keeper    *exec.Cmd
	alive     io.Closer // closed when this process ends
}

// required in RAKSA_PG makes a missing PostgreSQL a failure.
const required = "required"

// Start makes a cluster and starts its server; both go with the test. Further
// settings (name=value) go to the server's configuration.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s := StartFor(t, settings...)
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// StartFor is Start for a server that outlives its first test: whoever keeps it
// removes it.
func StartFor(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := New(settings...)
	if errors.Is(err, ErrMissing) && os.Getenv("RAKSA_PG") != required {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ErrMissing: PostgreSQL is not installed, and what needs it is not tested.
var ErrMissing = errors.New("NOT TESTED: there is no PostgreSQL here (apt-get install postgresql)")

// New is Start for a whole package's TestMain. The caller removes the server.
func New(settings ...string) (s *Server, err error) {
	bin := find()
	if bin == "" {
		return nil, ErrMissing
	}
	// Not t.TempDir: only its owner may enter that, and the path of a socket is
	// at most 107 bytes long.
	dir, err := os.MkdirTemp(inMemory(), "raksa-pg-")
	if err != nil {
		return nil, err
	}
	s = &Server{bin: bin, dir: dir}
	defer func() {
		if err != nil {
			s = nil
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if s.as, err = unprivileged(dir); err != nil {
		return nil, err
	}
	if err = s.keep(); err != nil {
		return nil, err
	}
	err = s.run("initdb", "--no-sync", "--auth=trust", "--username=raksa", "--encoding=UTF8", "--locale=C", "-D", s.data())
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("listen_addresses = ''\nunix_socket_directories = '%s'\nmax_connections = 200\n", dir)
	for _, setting := range settings {
		config += setting + "\n"
	}
	if err = appendTo(filepath.Join(s.data(), "postgresql.conf"), config); err != nil {
		return nil, err
	}
	return s, s.Run()
}

// Remove stops the server and deletes its files.
func (s *Server) Remove() error {
	return errors.Join(s.alive.Close(), s.keeper.Wait())
}

// keep starts who cleans up: a shell that waits for the end of a pipe, which
// comes with Remove, and also when the test process is killed.
func (s *Server) keep() (err error) {
	s.keeper = exec.Command("sh", "-c", `read end; "$0" stop -s -m immediate -D "$1/data" 2>/dev/null; rm -rf "$1"`,
		filepath.Join(s.bin, "pg_ctl"), s.dir)
	s.keeper.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if s.alive, err = s.keeper.StdinPipe(); err != nil {
		return err
	}
	return s.keeper.Start()
}

// Run starts the server, anew after Stop, and waits until it answers.
func (s *Server) Run() error {
	return s.run("pg_ctl", "start", "-w", "-t", "60", "-s", "-D", s.data(), "-l", filepath.Join(s.dir, "log"))
}

// Stop stops the server: smart, fast, or immediate, which is as a crash.
func (s *Server) Stop(mode string) error {
	return s.run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", mode, "-D", s.data())
}

// Database makes an empty database and gives its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "office_" + strconv.Itoa(int(s.databases.Add(1)))
	Query(t, s.url("postgres"), "create database "+name)
	return s.url(name)
}

func (s *Server) url(database string) string {
	return "postgres://raksa@/" + database + "?host=" + s.dir
}

// Query runs a statement on a connection of its own.
func Query(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	ctx := context.Background() // also in a cleanup
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, statement, args...)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatal(err)
	}
}

// KillBackend kills, with SIGKILL, one process of the server that works for one
// of our connections to the database. The server then ends all connections and
// recovers; KillBackend returns when it has begun to. There may be none to kill:
// that is no error.
func (s *Server) KillBackend(url string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var pid int
	err = conn.QueryRow(ctx, `select pid from pg_stat_activity
		where datname = current_database() and application_name like 'raksa/%'
		order by (state = 'active') desc, pid limit 1`).Scan(&pid)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	// The server takes connections until it has seen the death, and then ends
	// this one too. It sleeps to its end only where the process had ended by itself.
	conn.Exec(ctx, "select pg_sleep(20)")
	return nil
}

// Await returns when the server answers again after a crash of its own.
func (s *Server) Await(t testing.TB, url string) {
	t.Helper()
	ctx := context.Background()
	for range 10_000 {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			conn.Close(ctx)
			return
		}
	}
	t.Fatalf("the server does not come back\n%s", s.Log())
}

// Files gives the folder of the cluster, for tests that look at its bytes.
func (s *Server) Files() string { return s.data() }

// Log gives what the server has written.
func (s *Server) Log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	var said bytes.Buffer
	if program != "pg_ctl" { // its server would keep the pipe open
		cmd.Stdout, cmd.Stderr = &said, &said
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s%s", program, err, said.String(), s.Log())
	}
	return nil
}

// inMemory gives a folder that is no disk, so that synced writes cost nothing,
// or "" where there is none with room. A crash of the server is the same crash.
func inMemory() string {
	const folder, room = "/dev/shm", 1 << 30
	var disk syscall.Statfs_t
	if syscall.Statfs(folder, &disk) != nil || disk.Bavail*uint64(disk.Bsize) < room {
		return ""
	}
	return folder
}

// find gives the folder with PostgreSQL's programs, "" when there is none.
func find() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real) // its companions lie beside it
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// unprivileged gives the folder to whoever will run the server: PostgreSQL
// refuses to run as root. It gives nil when this process is not root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, bad := strconv.Atoi(who.Uid)
	gid, worse := strconv.Atoi(who.Gid)
	if err := errors.Join(bad, worse, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.TrimSuffix(text, "\n") + "\n")
	return errors.Join(err, file.Close())
}
