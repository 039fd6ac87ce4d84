package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"raksa/cmd/raksa/night"
)

// serveControl lets a test cut the wire of a demo night, restore it, and have
// every device meet the office now instead of at its own pace.
func serveControl(ctx context.Context, n *night.Night, address string) (url string, stop func() error, err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	if host, _, err := net.SplitHostPort(listener.Addr().String()); err != nil || !net.ParseIP(host).IsLoopback() {
		return "", nil, errors.Join(errors.New("the control of a demo stays on this machine"), err, listener.Close())
	}
	mux := http.NewServeMux()
	cut := func(off bool) http.HandlerFunc { // ?device=PTC-2: only that one
		return func(_ http.ResponseWriter, r *http.Request) {
			if name := r.URL.Query().Get("device"); name != "" {
				n.Alone(name, off)
				return
			}
			n.Cut(off)
		}
	}
	mux.HandleFunc("POST /cut", cut(true))
	mux.HandleFunc("POST /restore", cut(false))
	mux.HandleFunc("POST /meet", func(w http.ResponseWriter, r *http.Request) {
		if err := n.Meet(r.Context()); err != nil {
			http.Error(w, "no contact", http.StatusServiceUnavailable)
		}
	})
	server := &http.Server{Handler: http.NewCrossOriginProtection().Handler(mux), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() error {
		if err := server.Shutdown(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, nil
}
