package device

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
)

// ErrPeer: who is at the other end is no device of this center's directory, or
// was revoked.
var ErrPeer = errors.New("device: no device of this center")

// peer gives the device at the other end of a TLS connection by the key that it
// proved to hold. What else its certificate says does not count: the directory,
// which the office signed, is who belongs here.
func (d *Device) peer(ctx context.Context, state *tls.ConnectionState) (casefile.Device, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return casefile.Device{}, ErrPeer
	}
	key, is := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !is {
		return casefile.Device{}, ErrPeer
	}
	others, err := d.Devices(ctx)
	if err != nil {
		return casefile.Device{}, err
	}
	for _, other := range others {
		if key.Equal(ed25519.PublicKey(other.SigningKey)) {
			return other, nil
		}
	}
	return casefile.Device{}, ErrPeer
}

// peerOf gives a device of this center by its id; this one is its own peer.
func (d *Device) peerOf(ctx context.Context, id syncengine.RecordID) (casefile.Device, error) {
	if id == d.identity().Device {
		return casefile.Device{ID: id}, nil
	}
	others, err := d.Devices(ctx)
	if err != nil {
		return casefile.Device{}, err
	}
	for _, other := range others {
		if other.ID == id {
			return other, nil
		}
	}
	return casefile.Device{}, ErrPeer
}

// ownCertificate is a certificate for this device's own key, signed by itself:
// whoever knows the key from the directory needs nobody's word for it.
func (d *Device) ownCertificate() (tls.Certificate, error) {
	key := ed25519.PrivateKey(d.identity().SigningKey)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "raksa"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(d.Random, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// peerConfig is TLS between two devices: each end shows its own key, and takes
// the other's only if the directory has it. No tickets: a revoked device must
// not come back on one.
func (d *Device) peerConfig(ctx context.Context) (*tls.Config, error) {
	own, err := d.ownCertificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"},
		// The directory takes the place of names and authorities.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := d.peer(ctx, &state)
			return err
		},
	}, nil
}

// Timeouts of a box's listener: a slow caller is closed, not waited for.
const (
	boxHeaderTimeout = 10 * time.Second
	boxCallTimeout   = 2 * time.Minute
)

// Serve answers other devices until ctx ends.
func (b *Box) Serve(ctx context.Context, listener net.Listener) error {
	config, err := b.device.peerConfig(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	b.at.Store(listener.Addr().String())
	s := &http.Server{
		Handler: b.Handler(), ReadHeaderTimeout: boxHeaderTimeout, ReadTimeout: boxCallTimeout, WriteTimeout: boxCallTimeout,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: log.New(io.Discard, "", 0), // addresses of callers
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(tls.NewListener(listener, config)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
