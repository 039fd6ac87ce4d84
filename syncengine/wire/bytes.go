package wire

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// The most bytes of a whole message, also the limit for readers of bodies.
const (
	RequestBytesMax = 2 * syncengine.PageBytesMax
	AnswerBytesMax  = 2 * newsBytesMax
)

// EncodeRequest gives the bytes of a request, for a carrier that is not the
// service: a file on a stick, a hub, a simulated link.
func EncodeRequest(r *syncengine.Request) ([]byte, error) { return encode(FromRequest(r)) }

// DecodeRequest reads what EncodeRequest wrote, with the errors of ToRequest.
func DecodeRequest(raw []byte) (*syncengine.Request, error) {
	m := &syncv1.SyncRequest{}
	if err := decode(raw, RequestBytesMax, "request", m); err != nil {
		return nil, err
	}
	return ToRequest(m)
}

// EncodeAnswer gives the bytes of an answer.
func EncodeAnswer(a *syncengine.Answer) ([]byte, error) { return encode(FromAnswer(a)) }

// DecodeAnswer reads what EncodeAnswer wrote, with the errors of ToAnswer.
func DecodeAnswer(raw []byte) (*syncengine.Answer, error) {
	m := &syncv1.SyncResponse{}
	if err := decode(raw, AnswerBytesMax, "answer", m); err != nil {
		return nil, err
	}
	return ToAnswer(m)
}

func encode(m proto.Message) ([]byte, error) {
	raw, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: encode: %w", err)
	}
	return raw, nil
}

func decode(raw []byte, most int, what string, m proto.Message) error {
	if len(raw) > most {
		return &syncengine.Malformed{What: what, Reason: "too long"}
	}
	if proto.Unmarshal(raw, m) != nil {
		return &syncengine.Malformed{What: what, Reason: "is not the message it should be"}
	}
	return nil
}
