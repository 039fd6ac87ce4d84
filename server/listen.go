package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"time"

	"raksa/syncengine"
)

// Addresses says where the office listens.
type Addresses struct {
	Sync string // for devices: TLS, certificates of our own authority
	Desk string // for people; plain HTTP is for loopback or behind a TLS proxy
	// DeskHosts are further hosts (with port, if any) by which browsers reach the
	// desk, for example through a TLS proxy. Every other Host is turned away.
	DeskHosts []string
	// Public is the host and port by which devices reach the office, for tickets
	// and the certificate; the address of Sync when empty.
	Public string
}

// Listening is an office that serves. Close it with Stop.
type Listening struct {
	DeskURL  string
	SyncURL  string
	SyncAddr string // where the listener for devices really is
	servers  []*http.Server
	done     chan error
	cancel   context.CancelFunc
	count    int
}

// quiet takes what net/http would log: addresses of callers, and panics, which
// the handlers catch themselves.
var quiet = stdlog.New(io.Discard, "", 0)

// Timeouts of both listeners: a slow or silent caller is closed, not waited for.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute // a page of 1 MiB at 16 kB/s
	writeTimeout      = 2 * time.Minute
	idleTimeout       = time.Minute
	headerBytesMax    = 32 << 10
	stopTimeout       = 10 * time.Second
)

// Listen starts both listeners and the follower.
func (o *Office) Listen(ctx context.Context, at Addresses) (*Listening, error) {
	devices, err := net.Listen("tcp", at.Sync)
	if err != nil {
		return nil, fmt.Errorf("server: listen for devices: %w", err)
	}
	people, err := net.Listen("tcp", at.Desk)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("server: listen for people: %w", err), devices.Close())
	}
	if at.Public == "" {
		at.Public = devices.Addr().String()
	}
	return o.Serve(ctx, at, devices, people)
}

// Serve starts the follower and serves on two listeners, which it closes at the
// end. Of the addresses Public and DeskHosts count.
func (o *Office) Serve(ctx context.Context, at Addresses, devices, people net.Listener) (*Listening, error) {
	o.address = at.Public
	host, _, err := net.SplitHostPort(o.address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("server: public address: %w", err), devices.Close(), people.Close())
	}
	config, err := o.serverConfig(host, o.Now)
	if err != nil {
		return nil, errors.Join(err, devices.Close(), people.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Listening{
		SyncAddr: devices.Addr().String(),
		DeskURL:  "http://" + people.Addr().String(), SyncURL: o.SyncURL(),
		done: make(chan error, 4), cancel: cancel,
	}
	l.serve(ctx, o.Procedures(), tls.NewListener(devices, config))
	l.serve(ctx, o.desk(append(at.DeskHosts, people.Addr().String())), people)
	l.count++
	go func() { o.Follow(ctx); l.done <- nil }()
	l.count++
	go func() { o.Scrub(ctx); l.done <- nil }()
	return l, nil
}

func (l *Listening) serve(ctx context.Context, handler http.Handler, listener net.Listener) {
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytesMax,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:    quiet,
	}
	l.servers = append(l.servers, s)
	l.count++
	go func() {
		err := s.Serve(listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		l.done <- err
	}()
}

// Stop lets running calls end, then closes everything and waits for it.
func (l *Listening) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var failed error
	for _, s := range l.servers {
		failed = errors.Join(failed, s.Shutdown(ctx))
	}
	l.cancel()
	for range l.count {
		failed = errors.Join(failed, <-l.done)
	}
	return failed
}

// desk is the people's listener: the desk's pages, and what an operator's
// monitoring asks for.
func (o *Office) desk(hosts []string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", o.metrics.handler())
	mux.HandleFunc("GET /healthz", o.healthz)
	mux.Handle("/", o.Desk(hosts...))
	return mux
}

// healthz answers whether the store can be read.
func (o *Office) healthz(w http.ResponseWriter, r *http.Request) {
	err := o.Store.View(r.Context(), func(tx syncengine.Tx) error {
		_, err := syncengine.LoadSelf(tx)
		return err
	})
	if err != nil {
		http.Error(w, "store", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}
