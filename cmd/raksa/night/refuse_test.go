package night

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"connectrpc.com/connect"

	"raksa/casefile"
	"raksa/device"
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/gen/raksa/sync/v1/syncv1connect"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/wire"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// caller is a device without its program: it says to the office what it likes.
type caller struct {
	loot
	store syncengine.Store
	http  *http.Client
	sync  syncv1connect.SyncServiceClient
}

// callAs takes a device's keys and certificate.
func (n *Night) callAs(t *testing.T, d *device.Device, person int) *caller {
	t.Helper()
	c := &caller{loot: lootOf(t, d.Store, n.Staff[person].ID), store: d.Store}
	c.with(&tls.Certificate{Certificate: [][]byte{c.self.Certificate}, PrivateKey: ed25519.PrivateKey(c.self.SigningKey)})
	return c
}

// with shows another certificate, or none.
func (c *caller) with(certificate *tls.Certificate) {
	// The office is known to be there; these tests are about what it refuses.
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}, Timeout: time.Minute}
	c.sync = syncv1connect.NewSyncServiceClient(c.http, c.self.OfficeURL)
}

// page builds and signs what the device would push now.
func (c *caller) page(t *testing.T) *syncv1.SyncRequest {
	t.Helper()
	var request *syncengine.Request
	view(t, c.store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(t, err)
		acked, err := syncengine.Acked(tx, self.Node)
		must(t, err)
		request = &syncengine.Request{Node: self.Node, Claim: acked}
		request.Page, err = syncengine.BuildPage(tx, self.Node, acked.Seq, 1<<20)
		return err
	})
	if request.Page == nil {
		t.Fatal("nothing waits on the device")
	}
	var err error
	request.Page.Signature, err = vault.SignPage(c.self.SigningKey, request.Page.Digest())
	must(t, err)
	return wire.FromRequest(request)
}

func (c *caller) says(t *testing.T, request *syncv1.SyncRequest) (code connect.Code, reason string) {
	t.Helper()
	_, err := c.sync.Sync(t.Context(), request)
	var told *connect.Error
	if err != nil && errors.As(err, &told) {
		return told.Code(), told.Message()
	}
	if err != nil {
		return connect.CodeUnknown, err.Error()
	}
	return 0, ""
}

// changesAtOffice counts everything that the office's log holds.
func (n *Night) changesAtOffice(t *testing.T) (changes int) {
	t.Helper()
	return nothingWrong(t, "the office", n.store, nil).Changes
}

// What cannot be stored at all is refused with a code, leaves nothing behind,
// and does not keep the same device from going on.
func TestABadPageIsRefusedAndNothingOfItIsKept(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC2, who)
	c := n.callAs(t, n.PTC2, caseOfficer)
	for _, bad := range []struct {
		name   string
		spoil  func(*syncv1.SyncRequest)
		code   connect.Code
		reason string
	}{
		{"a block that was altered", func(r *syncv1.SyncRequest) {
			sealed := r.Push.Changes[0].Blocks[0].Sealed
			sealed[len(sealed)/2] ^= 1
		}, connect.CodeInvalidArgument, syncengine.RefusedChain},
		{"another last id", func(r *syncv1.SyncRequest) { r.Push.LastId[0] ^= 1 }, connect.CodeInvalidArgument, syncengine.RefusedChain},
		{"a signature that was altered", func(r *syncv1.SyncRequest) { r.Push.Signature[9] ^= 1 }, connect.CodeInvalidArgument, syncengine.RefusedSignature},
		{"no signature", func(r *syncv1.SyncRequest) { r.Push.Signature = nil }, connect.CodeInvalidArgument, syncengine.RefusedSignature},
		{"a node of another device", func(r *syncv1.SyncRequest) { r.Node, r.Push = n.nodeOf(t, n.PTC1), nil }, connect.CodePermissionDenied, "node_of_another_device"},
		{"no node at all", func(r *syncv1.SyncRequest) { r.Node = nil }, connect.CodeInvalidArgument, syncengine.RefusedBytes},
	} {
		t.Run(bad.name, func(t *testing.T) {
			before := n.changesAtOffice(t)
			request := c.page(t)
			bad.spoil(request)
			code, reason := c.says(t, request)
			if code != bad.code || reason != bad.reason {
				t.Errorf("the office says %v, %q", code, reason)
			}
			if after := n.changesAtOffice(t); after != before {
				t.Errorf("%d changes were kept of it", after-before)
			}
		})
	}
	n.meet(t)
	if got := n.values(t, id, "wrk_sector"); len(got) != 0 || len(n.values(t, id, "idn_sex")) != 1 {
		t.Error("the device did not go on after the refusals")
	}
	n.allWell(t)
}

func (n *Night) nodeOf(t *testing.T, d *device.Device) []byte {
	t.Helper()
	var node syncengine.NodeID
	view(t, d.Store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		node = self.Node
		return err
	})
	return node[:]
}

// Who has no certificate of the office, or one for a device that is not there,
// learns nothing and leaves nothing.
func TestAnUnknownCertificateIsRefused(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.begin(t, n.PTC2)
	c := n.callAs(t, n.PTC2, caseOfficer)
	request := c.page(t)
	before := n.changesAtOffice(t)
	for _, row := range []struct {
		name        string
		certificate *tls.Certificate
		code        connect.Code
	}{
		{"none", nil, connect.CodePermissionDenied},
		{"of an authority of their own", certificate(t, nil, c.id), connect.CodePermissionDenied},
		{"of the office, for a device that it does not know", certificate(t, n.keys.CAKey(), syncengine.RecordID{7}), connect.CodeUnauthenticated},
	} {
		c.with(row.certificate)
		if code, reason := c.says(t, request); code != row.code {
			t.Errorf("certificate %s: the office says %v, %q", row.name, code, reason)
		}
	}
	if after := n.changesAtOffice(t); after != before {
		t.Errorf("%d changes were kept", after-before)
	}
}

// certificate makes a client certificate for a device id.
func certificate(t *testing.T, authority ed25519.PrivateKey, id syncengine.RecordID) *tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	if authority == nil {
		_, authority, err = ed25519.GenerateKey(rand.Reader)
		must(t, err)
	}
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template(id.String()), template("Raksa office"), public, authority)
	must(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// A body of 100 MB is not read.
func TestABodyOfAHundredMegabytesIsRefused(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	c := n.callAs(t, n.PTC2, caseOfficer)
	const size = 100 << 20
	sent := &counted{Reader: io.LimitReader(zeros{}, size)}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.self.OfficeURL+syncv1connect.SyncServiceSyncProcedure, sent)
	must(t, err)
	request.Header.Set("Content-Type", "application/proto")
	request.ContentLength = size
	answer, err := c.http.Do(request)
	if err == nil {
		defer answer.Body.Close()
		if answer.StatusCode < 400 {
			t.Errorf("the office says %s", answer.Status)
		}
	}
	if sent.count > 16<<20 {
		t.Errorf("%d bytes of it were taken", sent.count)
	}
	must(t, n.PTC2.SyncOnce(t.Context())) // and the office goes on
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type counted struct {
	io.Reader
	count int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.count += n
	return n, err
}

// A ticket lets one device in, once, within its time, at its own office.
func TestATicketThatDoesNotHoldIsRefused(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	order := server.TicketOrder{Name: "PTC-9", Profile: screening.Capture, Center: "PTC", Person: n.Staff[hallOfficer].ID}
	good := func() (text string) {
		n.atOffice(t, func(tx syncengine.Tx) (err error) {
			text, err = n.Office.IssueTicket(tx, order, n.Staff[supervisor].ID)
			return err
		})
		return text
	}
	altered := func(text string, change func(*casefile.Ticket)) string {
		ticket, err := casefile.ParseTicket(text)
		must(t, err)
		change(&ticket)
		return ticket.String()
	}
	used := good()
	must(t, n.fresh(t).Enroll(t.Context(), used, []byte(Secret)))
	guessed := good()
	for range 5 {
		wrong := altered(guessed, func(k *casefile.Ticket) { k.Secret = make([]byte, 16) })
		if err := n.fresh(t).Enroll(t.Context(), wrong, []byte(Secret)); !errors.Is(err, device.ErrTicketUnknown) {
			t.Fatalf("a guessed secret gives %v", err)
		}
	}
	expired := good()
	n.expireTickets(t)
	for _, row := range []struct {
		name, text string
		want       error
	}{
		{"used", used, device.ErrTicketUsed},
		{"right, after five guesses", guessed, device.ErrTicketUnknown},
		{"expired", expired, device.ErrTicketExpired},
		{"nobody made it", altered(good(), func(k *casefile.Ticket) { k.ID = "00112233445566778899aabbccddeeff" }), device.ErrTicketUnknown},
		{"another office's pin", altered(good(), func(k *casefile.Ticket) { k.CA[0] ^= 1 }), device.ErrPin},
		{"no ticket", "raksa1.nonsense", casefile.ErrTicket},
	} {
		d := n.fresh(t)
		if err := d.Enroll(t.Context(), row.text, []byte(Secret)); !errors.Is(err, row.want) {
			t.Errorf("ticket %s: %v", row.name, err)
		}
		if d.Enrolled() {
			t.Errorf("ticket %s: the device takes itself for enrolled", row.name)
		}
		if err := d.Enroll(t.Context(), good(), []byte(Secret)); err != nil {
			t.Errorf("after a ticket that was refused (%s) a good one gives %v", row.name, err)
		}
	}
}

func (n *Night) fresh(t *testing.T) *device.Device {
	t.Helper()
	return n.open(t, t.TempDir())
}

// expireTickets moves the end of every ticket's time into the past.
func (n *Night) expireTickets(t *testing.T) {
	t.Helper()
	table := syncengine.Table[map[string]any]("ticket")
	n.atOffice(t, func(tx syncengine.Tx) error {
		return table.Each(tx, nil, func(key []byte, row map[string]any) error {
			row["expires"] = 1
			return table.Put(tx, key, row)
		})
	})
}

// forge saves a change on a device as its program never would.
func (c *caller) forge(t *testing.T, codec syncengine.Codec, draft syncengine.Draft) (id syncengine.ChangeID) {
	t.Helper()
	engine := &syncengine.Engine{Keys: enginekeys.Keys{Ring: c.ring, Random: rand.Reader}, Codec: codec}
	must(t, c.store.Update(t.Context(), func(tx syncengine.Tx) error {
		change, err := engine.Save(tx, draft, syncengine.Moment{WallMillis: time.Now().UnixMilli(), Random: rand.Reader})
		if err == nil {
			id = change.ID()
		}
		return err
	}))
	return id
}

// held gives why the office holds a change back, or "".
func (n *Night) held(t *testing.T, id syncengine.ChangeID) (reason string) {
	t.Helper()
	view(t, n.store, func(tx syncengine.Tx) error {
		state, err := syncengine.Quarantine(tx, id)
		if state.Held() {
			reason = state.Reason
		}
		return err
	})
	return reason
}

func answerWrite(field, value string) []syncengine.Write {
	return []syncengine.Write{{Field: field, State: syncengine.State(screening.Answered), Value: []byte(value)}}
}

// What fits the chain and may not count is kept in quarantine, with a reason,
// and the chain behind it goes on.
func TestWhatMayNotCountIsQuarantinedAndTheChainGoesOn(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	mine := n.begin(t, n.PTC2, who)
	theirs := n.begin(t, n.KTC1, who)
	alien := n.begin(t, n.KTC1, who) // a record that PTC-2 was never given
	n.meet(t)
	codec := casefile.Codec(forms)
	newer := syncengine.Codec{Dictionary: func(string) []byte { return []byte("words of a later form version") }, PadStep: codec.PadStep}
	author := n.Staff[caseOfficer].ID
	indicator := syncengine.Class(screening.Indicator)
	version := form.Builtin().Version()
	for _, row := range []struct {
		name   string
		codec  syncengine.Codec
		draft  syncengine.Draft
		reason string
	}{
		{"an order to erase", codec, syncengine.Draft{
			Record: theirs, Kind: syncengine.KindControl, Author: author, Writes: syncengine.Control{Op: syncengine.OpErase}.Writes(),
		}, "office_only"},
		{"an order to revoke", codec, syncengine.Draft{
			Record: syncengine.RecordID{9}, Kind: syncengine.KindControl, Author: author,
			Writes: syncengine.Control{Op: syncengine.OpRevoke, Target: n.callAs(t, n.KTC1, ktcOfficer).id.String()}.Writes(),
		}, "office_only"},
		{"a member of staff", codec, syncengine.Draft{
			Record: syncengine.RecordID(author), Kind: casefile.KindStaff, Author: author,
			Writes: map[syncengine.Class][]syncengine.Write{syncengine.ClassClear: answerWrite("entry", "{}")},
		}, "office_only"},
		{"a form version unknown here", newer, syncengine.Draft{
			Record: mine, Kind: casefile.KindInterview, Form: "vif-99", Author: author,
			Writes: map[syncengine.Class][]syncengine.Write{indicator: answerWrite("words of a later form version", "yes")},
		}, "does_not_open"},
		{"a form version unknown here, in plain bytes", codec, syncengine.Draft{
			Record: mine, Kind: casefile.KindInterview, Form: "vif-98", Author: author,
			Writes: map[syncengine.Class][]syncengine.Write{indicator: answerWrite("wrk_sector", "mining")},
		}, "does_not_open"},
		{"an author who does not work here", codec, syncengine.Draft{
			Record: mine, Kind: casefile.KindInterview, Form: version, Author: syncengine.PersonID{8},
			Writes: map[syncengine.Class][]syncengine.Write{indicator: answerWrite("wrk_sector", "mining")},
		}, "unknown_author"},
		{"an interview of a center that is not the device's", codec, syncengine.Draft{
			Record: alien, Kind: casefile.KindInterview, Form: version, Author: author,
			Writes: map[syncengine.Class][]syncengine.Write{indicator: answerWrite("wrk_sector", "mining")},
		}, "out_of_scope"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := n.callAs(t, n.PTC2, caseOfficer)
			if row.reason == "out_of_scope" { // the device has no key to it and makes one up
				must(t, c.store.Update(t.Context(), func(tx syncengine.Tx) error {
					key, err := vault.NewRecordKey(rand.Reader)
					must(t, err)
					return c.ring.PutRecordKey(tx, alien, key)
				}))
			}
			bad := c.forge(t, row.codec, row.draft)
			must(t, n.PTC2.SyncOnce(t.Context()))
			if reason := n.held(t, bad); reason != row.reason {
				t.Errorf("the office holds it back for %q, want %q", reason, row.reason)
			}
			n.write(t, n.PTC2, n.begin(t, n.PTC2), map[string]string{"wrk_sector": "fishing"})
			behind := n.begin(t, n.PTC2, map[string]string{"wrk_sector": "fishing"})
			must(t, n.PTC2.SyncOnce(t.Context()))
			if got := n.values(t, behind, "wrk_sector"); len(got) != 1 {
				t.Errorf("what was saved after it reads %q at the office", got)
			}
		})
	}
	for _, id := range []syncengine.RecordID{mine, theirs, alien} {
		if got := n.values(t, id, "idn_sex"); len(got) != 1 {
			t.Errorf("the record reads %q", got)
		}
		if got := n.values(t, id, "wrk_sector"); len(got) != 0 {
			t.Errorf("what is in quarantine is read: %q", got)
		}
	}
	must(t, n.KTC1.SyncOnce(t.Context()))
	if _, err := n.KTC1.Record(t.Context(), theirs); err != nil {
		t.Errorf("KTC-1 answers %v about its own record", err)
	}
	nothingWrong(t, "the office", n.store, n.officeKeys())
}

// A device that was revoked gets no more news; what it still pushes is kept
// apart until a person has looked.
func TestARevokedDeviceReadsNothingAndPushesIntoQuarantine(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC2, who)
	n.meet(t)
	c := n.callAs(t, n.PTC2, caseOfficer)
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Revoke(tx, c.id, n.Staff[supervisor].ID) })
	news := n.begin(t, n.PTC1, who) // of the same center, after the revocation
	must(t, n.PTC1.SyncOnce(t.Context()))
	n.write(t, n.PTC2, id, map[string]string{"wrk_sector": "fishing"}) // it does not know yet
	pushed := last(changesOf(t, n.PTC2.Store, id)).ID()
	must(t, n.PTC2.SyncOnce(t.Context()))
	if reason := n.held(t, pushed); reason != "device_revoked" {
		t.Errorf("the office holds the push back for %q", reason)
	}
	if got := n.values(t, id, "wrk_sector"); len(got) != 0 {
		t.Errorf("what a revoked device pushed is read: %q", got)
	}
	must(t, n.PTC2.SyncOnce(t.Context()))
	if len(changesOf(t, n.PTC2.Store, news)) != 0 {
		t.Error("a revoked device still gets interviews")
	}
	if err := n.PTC2.SignIn(t.Context(), n.Staff[caseOfficer].ID, []byte(Secret)); !errors.Is(err, device.ErrRevoked) {
		t.Errorf("a revoked device is opened: %v", err)
	}
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Release(tx, pushed, n.Staff[supervisor].ID, false) })
	if got := n.values(t, id, "wrk_sector"); len(got) != 1 {
		t.Errorf("after a person released it the office reads %q", got)
	}
	nothingWrong(t, "the office", n.store, n.officeKeys())
}

// A file that a device cannot open says so, and nothing of it is overwritten.
func TestADatabaseThatIsNoneIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "raksa.db")
	must(t, os.WriteFile(path, []byte("these are no pages of a database, and somebody may still want them"), 0o600))
	if _, err := device.Open(context.Background(), device.Config{Dir: dir, Now: time.Now, Random: rand.Reader, Forms: forms}); err == nil {
		t.Fatal("it was opened")
	}
	if raw, err := os.ReadFile(path); err != nil || len(raw) != 66 {
		t.Errorf("the file has %d bytes now, %v", len(raw), err)
	}
}
