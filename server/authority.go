package server

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"time"

	"raksa/syncengine"
)

// certificateLife is how long a device's certificate lasts. An expired one
// limits reading; the device may still push, and gets a new one when it does.
const (
	certificateLife = 30 * 24 * time.Hour
	renewBefore     = 10 * 24 * time.Hour
	authorityLife   = 10 * 365 * 24 * time.Hour
)

// longAgo begins the office's own certificates, so that a tablet whose clock is
// years behind still gets in and learns the time.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// authority signs the certificates of the office's listener and of devices. Its
// key is derived from the office key; tickets carry the hash of its public part.
type authority struct {
	ca    *x509.Certificate
	caKey ed25519.PrivateKey
	pin   [32]byte // SHA-256 of the authority's public key (SPKI)

	address string // host and port of the listener for devices, once it listens
}

// newAuthority makes the authority's certificate anew from its key: nothing of
// it needs to be stored, and every start makes the same public key.
func newAuthority(key ed25519.PrivateKey, now time.Time) (authority, error) {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Raksa office"},
		NotBefore:             longAgo,
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return authority{}, err
	}
	return authority{ca: ca, caKey: key, pin: sha256.Sum256(ca.RawSubjectPublicKeyInfo)}, nil
}

// SyncURL is the address of the listener for devices.
func (a *authority) SyncURL() string { return "https://" + a.address }

// serverConfig is the TLS configuration of the listener for devices: TLS 1.3,
// a certificate for its own address, and the client's certificate asked for.
// deviceOf checks it: crypto/tls would turn away one that has run out, and an
// expired device may still push and renew. Which calls need one is in the table
// of rules; only Enroll does not. No session tickets: a revoked device must not
// come back on one.
func (a *authority) serverConfig(host string, now func() time.Time) (*tls.Config, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now().UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    longAgo,
		NotAfter:     now().Add(authorityLife), // its key lives as long as the process
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(nil, template, a.ca, public, a.caKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{{Certificate: [][]byte{der, a.ca.Raw}, PrivateKey: private}},
		ClientAuth:             tls.RequestClientCert,
		SessionTicketsDisabled: true,
		Time:                   now,
		NextProtos:             []string{"h2", "http/1.1"},
	}, nil
}

// certify signs a device's request. The device id is the certificate's name;
// nothing else of the request is taken over but the public key.
func (a *authority) certify(csr []byte, device syncengine.RecordID, now time.Time) (der []byte, public ed25519.PublicKey, err error) {
	request, err := x509.ParseCertificateRequest(csr)
	if err != nil || request.CheckSignature() != nil {
		return nil, nil, errBadRequest
	}
	public, is := request.PublicKey.(ed25519.PublicKey)
	if !is {
		return nil, nil, errBadRequest
	}
	der, err = a.renew(public, device, now)
	return der, public, err
}

// renew makes a certificate for a device that is known by its key.
func (a *authority) renew(public ed25519.PublicKey, device syncengine.RecordID, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: device.String()},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return x509.CreateCertificate(nil, template, a.ca, public, a.caKey)
}

// errBadRequest: the certificate request is not one, or not for an Ed25519 key.
var errBadRequest = errors.New("server: not a certificate request for an Ed25519 key")

// caller is a device as its certificate tells it.
type caller struct {
	Device   syncengine.RecordID
	NotAfter time.Time
}

// deviceOf gives the device that a client certificate of this authority names.
// The handshake has proved that the caller holds its key. One that has run out
// still names its device: what it may then do is not decided here.
func (a *authority) deviceOf(state *tls.ConnectionState) (caller, bool) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return caller{}, false
	}
	return a.callerOf(state.PeerCertificates[0])
}

// callerOf gives the device that a certificate of this authority names.
func (a *authority) callerOf(leaf *x509.Certificate) (caller, bool) {
	roots := x509.NewCertPool()
	roots.AddCert(a.ca)
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: leaf.NotBefore.Add(time.Hour), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return caller{}, false
	}
	id, err := syncengine.ParseRecordID(leaf.Subject.CommonName)
	return caller{Device: id, NotAfter: leaf.NotAfter}, err == nil
}
