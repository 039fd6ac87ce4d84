package wire_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"raksa/syncengine"
	"raksa/syncengine/wire"
)

func TestBytesOfRequestsAndAnswersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent, answered := drawRequest(t), drawAnswer(t)
		up, err := wire.EncodeRequest(sent)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.DecodeRequest(up)
		if diff := cmp.Diff(sent, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(err, diff)
		}
		down, err := wire.EncodeAnswer(answered)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.DecodeAnswer(down)
		if diff := cmp.Diff(answered, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestBytesThatAreNoMessageAreMalformed(t *testing.T) {
	for name, raw := range map[string][]byte{
		"no message": []byte("\xff\xff\xff"),
		"too long":   make([]byte, max(wire.RequestBytesMax, wire.AnswerBytesMax)+1),
	} {
		var malformed *syncengine.Malformed
		if _, err := wire.DecodeRequest(raw); !errors.As(err, &malformed) {
			t.Errorf("%s as a request: %v", name, err)
		}
		if _, err := wire.DecodeAnswer(raw); !errors.As(err, &malformed) {
			t.Errorf("%s as an answer: %v", name, err)
		}
	}
}
