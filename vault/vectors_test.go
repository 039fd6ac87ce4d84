package vault

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// The bytes of this package are in somebody's hands for ever, so the vectors
// are only ever added to. testdata/replay_vectors.py replays them without Go.
func TestGoldenVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name, Op string
			In       map[string]string
			Out      string
		}
	}
	check(t, json.Unmarshal(must(os.ReadFile("testdata/vectors.json"))(t), &file))
	untried := map[string]bool{}
	for op := range vectorOps {
		untried[op] = true
	}
	for _, vector := range file.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			op := vectorOps[vector.Op]
			if op == nil {
				t.Fatalf("no op %q", vector.Op)
			}
			delete(untried, vector.Op)
			in := vectorInput{}
			for name, value := range vector.In {
				in[name] = must(hex.DecodeString(value))(t)
			}
			got, err := op(in)
			if err != nil {
				t.Fatal(err)
			}
			if hex.EncodeToString(got) != vector.Out {
				t.Errorf("got %x", got)
			}
		})
	}
	for op := range untried {
		t.Errorf("no vector tries %q", op)
	}
}

// vectorInput is the input of one vector by name.
type vectorInput map[string][]byte

func (in vectorInput) key(name string) [32]byte { return [32]byte(in[name]) }
func (in vectorInput) id(name string) ID        { return ID(in[name]) }
func (in vectorInput) class() byte              { return in["class"][0] }
func (in vectorInput) number(name string) uint32 {
	return binary.BigEndian.Uint32(append(make([]byte, 4-len(in[name])), in[name]...))
}

// random gives the vector's salt and nonce in the place of randomness.
func (in vectorInput) random() *bytes.Reader {
	return bytes.NewReader(append(bytes.Clone(in["salt"]), in["nonce"]...))
}

func (in vectorInput) wrapper() *Wrapper { return newWrapper(in.key("root")) }
func (in vectorInput) office() *Office {
	o, err := officeFrom(in.key("office_root"))
	if err != nil {
		panic(err)
	}
	return o
}

var vectorOps = map[string]func(vectorInput) ([]byte, error){
	"nonce": func(in vectorInput) ([]byte, error) {
		n := Nonce(in["head"], in.class())
		return n[:], nil
	},
	"commitment": func(in vectorInput) ([]byte, error) {
		c := Commitment(RecordKey(in.key("key")))
		return c[:], nil
	},
	"class-key": func(in vectorInput) ([]byte, error) {
		k := RecordKey(in.key("key")).Class(in.class())
		return k[:], nil
	},
	"seal-block": func(in vectorInput) ([]byte, error) {
		return SealBlock(in.key("class_key"), in["head"], in.class(), in["plain"]), nil
	},
	"seal-state": func(in vectorInput) ([]byte, error) {
		return SealState(in.random(), in.key("class_key"), in.id("record"), in.class(), in["plain"])
	},
	"seal-value": func(in vectorInput) ([]byte, error) {
		return in.wrapper().Seal(in.random(), string(in["purpose"]), in["id"], in["plain"])
	},
	"wrap-record": func(in vectorInput) ([]byte, error) {
		return in.wrapper().WrapRecord(in.random(), in.id("record"), in.key("key"))
	},
	"wrap-class": func(in vectorInput) ([]byte, error) {
		return in.wrapper().WrapClass(in.random(), in.id("record"), in.class(), in.key("class_key"))
	},
	"wrap-receiving": func(in vectorInput) ([]byte, error) {
		key, err := receivingKeyFrom(in.key("seed"))
		if err != nil {
			return nil, err
		}
		return (&Unlocked{Wrapper: in.wrapper()}).SealReceivingKey(in.random(), in.id("device"), key)
	},
	"slot": func(in vectorInput) ([]byte, error) {
		params := Params{in.number("passes"), in.number("memory_kib"), in["threads"][0]}
		return sealSlot(in.random(), in.id("person"), in["vault_key"], in["sign_seed"], in["secret"], params)
	},
	"ratchet-next": func(in vectorInput) ([]byte, error) {
		next := Ratchet{e: in.key("e")}.step()
		return next.e[:], nil
	},
	"ratchet-wrap": func(in vectorInput) ([]byte, error) {
		wrap, _, err := Ratchet{e: in.key("e")}.Wrap(in.random(), in.key("key"), in.id("record"))
		return wrap, err
	},
	"ratchet-state": func(in vectorInput) ([]byte, error) {
		return Ratchet{in.id("node"), binary.BigEndian.Uint64(in["index"]), in.key("e")}.State(), nil
	},
	"deliver-classes": func(in vectorInput) ([]byte, error) {
		keys, err := unpackClassKeys(in["packed"])
		if err != nil {
			return nil, err
		}
		return DeliverySeed(in.key("delivery_seed")).WrapClasses(in.random(), in.id("record"), in.id("device"), keys)
	},
	"sign": func(in vectorInput) ([]byte, error) {
		return signFor(ed25519.NewKeyFromSeed(in["seed"]), string(in["purpose"]), in.key("digest"))
	},
	"ed25519-public": func(in vectorInput) ([]byte, error) {
		key, err := NewSigningKey(bytes.NewReader(in["seed"]))
		if err != nil {
			return nil, err
		}
		return key.Public().(ed25519.PublicKey), nil
	},
	"receiving-public": func(in vectorInput) ([]byte, error) {
		key, err := NewReceivingKey(bytes.NewReader(in["seed"]))
		if err != nil {
			return nil, err
		}
		return key.Public(), nil
	},
	"hpke-open": func(in vectorInput) ([]byte, error) {
		key, err := receivingKeyFrom(in.key("seed"))
		if err != nil {
			return nil, err
		}
		return key.openTo("vector", in["info"], in["sealed"])
	},
	"office-wrap-root": func(in vectorInput) ([]byte, error) {
		root := in.office().Wrapper.root
		return root[:], nil
	},
	"office-receiving-seed": func(in vectorInput) ([]byte, error) {
		seed, err := in.office().receiving.seed()
		return seed[:], err
	},
	"office-sign-seed": func(in vectorInput) ([]byte, error) { return in.office().sign.Seed(), nil },
	"office-ca-seed":   func(in vectorInput) ([]byte, error) { return in.office().ca.Seed(), nil },
	"blocking-hash": func(in vectorInput) ([]byte, error) {
		hash := in.office().BlockingHash(string(in["rule"]), in["value"])
		return hash[:], nil
	},
}
