package server

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"raksa/syncengine"
)

// Leaf is one entry of the audit log: who did what to which record, in ids and
// codes. No answer, name or place ever stands in one.
type Leaf struct {
	Millis int64  `json:"ms"`
	What   string `json:"what"` // a code: read, decide, verdict, deliver, export, refused, erase, …
	Person string `json:"person,omitempty"`
	Device string `json:"device,omitempty"`
	Node   string `json:"node,omitempty"`
	Record string `json:"record,omitempty"`
	Change string `json:"change,omitempty"`
	Reason string `json:"reason,omitempty"`
}

const leaves syncengine.Table[Leaf] = "audit-leaf" // number: leaf

const (
	bucketHashes = "audit-hash" // stored hash index: hash, as tlog numbers them
	bucketAudit  = "audit"      // "size": number of leaves
)

// audit appends a leaf in the transaction of the act: no act without a leaf and
// no leaf without an act.
func (o *Office) audit(tx syncengine.Tx, leaf Leaf) error {
	size, err := auditSize(tx)
	if err != nil {
		return err
	}
	leaf.Millis = o.Now().UnixMilli()
	text, err := json.Marshal(leaf)
	if err != nil {
		return err
	}
	hashes, err := tlog.StoredHashes(size, text, storedHashes{tx})
	if err != nil {
		return fmt.Errorf("server: audit: %w", err)
	}
	at := tlog.StoredHashIndex(0, size)
	for i, hash := range hashes {
		if err := tx.Put(bucketHashes, number(at+int64(i)), hash[:]); err != nil {
			return err
		}
	}
	if err := leaves.Put(tx, number(size), leaf); err != nil {
		return err
	}
	return tx.Put(bucketAudit, []byte("size"), number(size+1))
}

// refused leaves a trace of a call that was turned away, apart from its
// transaction, which left none.
func (o *Office) refused(ctx context.Context, device syncengine.RecordID, why error) {
	code := refusalCode(why)
	if code == "" {
		return
	}
	err := o.Store.Update(ctx, func(tx syncengine.Tx) error {
		return o.audit(tx, Leaf{What: "refused", Device: device.String(), Reason: code})
	})
	if err != nil {
		o.Log.Error().Str("device", device.String()).Str("code", code).Msg("audit of a refusal failed")
	}
}

// refusalCode gives the code of a refusal; "" for what is only trouble.
func refusalCode(err error) string {
	var refused *syncengine.Refused
	var denied *Denied
	var unknown *UnknownDevice
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &denied):
		return denied.Reason
	case errors.As(err, &unknown):
		return "unknown_device"
	}
	return ""
}

// VerifyAudit recomputes every leaf's hash and the root over them, and gives
// the number of leaves and the root.
func VerifyAudit(tx syncengine.Tx) (int64, tlog.Hash, error) {
	size, err := auditSize(tx)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	fresh := map[int64]tlog.Hash{}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			out[i] = fresh[at]
		}
		return out, nil
	})
	for n := range size {
		raw, err := tx.Get(string(leaves), number(n))
		if err != nil {
			return 0, tlog.Hash{}, err
		}
		hashes, err := tlog.StoredHashes(n, raw, reader)
		if err != nil {
			return 0, tlog.Hash{}, err
		}
		at := tlog.StoredHashIndex(0, n)
		for i, hash := range hashes {
			fresh[at+int64(i)] = hash
			stored, err := tx.Get(bucketHashes, number(at+int64(i)))
			if err != nil {
				return 0, tlog.Hash{}, err
			}
			if string(stored) != string(hash[:]) {
				return 0, tlog.Hash{}, &AuditBroken{Leaf: n}
			}
		}
	}
	root, err := tlog.TreeHash(size, reader)
	return size, root, err
}

// AuditBroken names the first leaf that is not what was written.
type AuditBroken struct{ Leaf int64 }

func (e *AuditBroken) Error() string { return fmt.Sprintf("server: audit leaf %d was changed", e.Leaf) }

// storedHashes reads the hashes of the log within a transaction.
type storedHashes struct{ tx syncengine.Tx }

func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		raw, err := s.tx.Get(bucketHashes, number(at))
		if err != nil {
			return nil, err
		}
		if len(raw) != len(hashes[i]) {
			return nil, fmt.Errorf("server: audit hash %d is missing", at)
		}
		copy(hashes[i][:], raw)
	}
	return hashes, nil
}

func auditSize(tx syncengine.Tx) (int64, error) {
	raw, err := tx.Get(bucketAudit, []byte("size"))
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

// number is a key that sorts as its number.
func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func fromNumber(raw []byte) int64 { return int64(binary.BigEndian.Uint64(raw)) }
