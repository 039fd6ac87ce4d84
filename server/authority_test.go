package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"raksa/syncengine"
)

func TestWhomACertificateNames(t *testing.T) {
	d := newDesk(t)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	_, other, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	device := d.rogue(caseOrder).device
	for name, row := range map[string]struct {
		key   ed25519.PrivateKey // nil: the office's own
		name  string
		usage x509.ExtKeyUsage
		from  time.Duration // when it begins
		named bool
	}{
		"of the office":                 {nil, device.String(), x509.ExtKeyUsageClientAuth, -time.Hour, true},
		"run out, so that it may renew": {nil, device.String(), x509.ExtKeyUsageClientAuth, -time.Hour * 24 * 90, true},
		"of another authority":          {other, device.String(), x509.ExtKeyUsageClientAuth, -time.Hour, false},
		"a name that is no id":          {nil, "PTC-2", x509.ExtKeyUsageClientAuth, -time.Hour, false},
		"no name":                       {nil, "", x509.ExtKeyUsageClientAuth, -time.Hour, false},
		"of a listener":                 {nil, device.String(), x509.ExtKeyUsageServerAuth, -time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			key := row.key
			if key == nil {
				key = d.caKey
			}
			der, err := x509.CreateCertificate(nil, &x509.Certificate{
				SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: row.name}, NotBefore: d.now.Add(row.from),
				NotAfter: d.now.Add(row.from + certificateLife), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{row.usage},
			}, d.ca, public, key)
			if row.key != nil { // CreateCertificate sees that the key is not the authority's
				own, _ := newAuthority(row.key, d.now)
				der, err = own.renew(public, device, d.now)
			}
			must(t, err)
			leaf, err := x509.ParseCertificate(der)
			must(t, err)
			from, ok := d.deviceOf(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}})
			if ok != row.named || ok && from.Device != device {
				t.Errorf("named: %v %s", ok, from.Device)
			}
			if !ok {
				return
			}
			answer, err := d.exchange(t.Context(), from, &syncengine.Request{Node: syncengine.NodeID(device), WantBytes: 1})
			must(t, err)
			expired := d.now.After(leaf.NotAfter)
			if len(answer.Certificate) == 0 && expired || expired != (len(answer.News) == 1) {
				t.Errorf("renewed %v, %d streams", len(answer.Certificate) > 0, len(answer.News))
			}
		})
	}
}
