package syncengine

import "errors"

// News is the next part of one stream, in commit order, as the office gives it.
type News struct {
	Stream  string
	After   Position // the position that the entries follow
	Entries []Entry
	Head    Position // where the office's stream stands
	Digest  uint64   // of all ids in it
	// Reset: none of the node's positions is on this stream any more; read on
	// from After, which is the last common one.
	Reset bool
	// Proof is the office's signature over the digest of Reached, given with entries.
	Proof []byte
	// Hole: the next change of the stream is missing or damaged in the office's
	// own log. It is not sent: the digests will differ.
	Hole bool
	// Offer: the stream can be had as a snapshot. Then there are no entries.
	Offer *Offer
	// Stable is the position that every backup kept by the office contains.
	Stable uint64
}

// BadNews is the answer to news that do not continue what the node has.
type BadNews struct{ Stream, Reason string }

func (e *BadNews) Error() string { return "syncengine: news of " + e.Stream + ": " + e.Reason }

// Serve gives a node what follows in one stream after the first of its
// positions that is known here, at most bytesMax but at least one entry. Blocks
// of classes that are not allowed are withheld; the ids can be computed all the same.
func Serve(tx Tx, stream string, positions []Position, bytesMax int, allowed func(*Change, Class) bool) (News, error) {
	head, digest, err := StreamHead(tx, stream)
	if err != nil {
		return News{}, err
	}
	news := News{Stream: stream, Head: head, Digest: digest, After: Position{Stream: stream}}
	for i, p := range positions {
		here, err := StreamAt(tx, stream, p.Position)
		if err != nil {
			return News{}, err
		}
		if p.Position <= head.Position && here.Salt == p.Salt {
			news.After, news.Reset = here, i > 0
			break
		}
		news.Reset = true
	}
	size := 0
	for at := news.After.Position + 1; at <= head.Position; at++ {
		if (at-news.After.Position-1)%aheadMost == 0 && bytesMax > pageAheadFrom {
			if err := streamAhead(tx, stream, at, min(at+aheadMost-1, head.Position)); err != nil {
				return News{}, err
			}
		}
		id, _, err := streamID(tx, stream, at)
		if err != nil {
			return News{}, err
		}
		c, err := tx.Change(id)
		if errors.Is(err, ErrUnknownChange) || errors.Is(err, ErrDamaged) {
			news.Hole = true // what comes after waits until somebody gives it back
			break
		}
		if err != nil {
			return News{}, err
		}
		c = c.Withhold(func(class Class) bool { return allowed(c, class) })
		size += c.BytesAbout()
		if len(news.Entries) > 0 && (size > bytesMax || len(news.Entries) >= PageChangesMax) {
			break
		}
		news.Entries = append(news.Entries, Entry{Position: at, Change: c})
	}
	return news, nil
}

// Recall is all that a node hears of a stream that it may read no more: the last
// of its positions that is known here, once the latest is not, and no change. A
// restored office asks so for what it lost. The node named that position itself,
// so it learns nothing but that the office went back.
func Recall(tx Tx, stream string, positions []Position) (news News, back bool, err error) {
	if len(positions) == 0 {
		return News{}, false, nil
	}
	if known, err := KnowsPosition(tx, positions[0]); err != nil || known {
		return News{}, false, err
	}
	news = News{Stream: stream, After: Position{Stream: stream}, Reset: true}
	for _, p := range positions[1:] {
		known, err := KnowsPosition(tx, p)
		if err != nil {
			return News{}, false, err
		}
		if known {
			news.After = p
			break
		}
	}
	news.Head = news.After
	return news, true, nil
}

// Take stores one part of a stream on a node: changes, positions and salts in
// one transaction, so that a cut costs at most one page. It gives the changes
// that were new here.
func (e *Engine) Take(tx Tx, news News, wallMillis int64) ([]*Change, error) {
	bad := func(reason string) error { return &BadNews{Stream: news.Stream, Reason: reason} }
	if news.Reset {
		if err := keepLost(tx, news.Stream, news.After.Position); err != nil {
			return nil, err
		}
		if err := cutStream(tx, news.Stream, news.After.Position); err != nil {
			return nil, err
		}
	}
	head, _, err := StreamHead(tx, news.Stream)
	if err != nil {
		return nil, err
	}
	if head.Position != news.After.Position || head.Salt != news.After.Salt {
		return nil, bad("does not continue the position held here")
	}
	if err := takeAhead(tx, news); err != nil {
		return nil, err
	}
	var fresh []*Change
	var stamps []Stamp
	for i, entry := range news.Entries {
		if entry.Position != head.Position+uint64(i)+1 {
			return nil, bad("positions have a gap")
		}
		if err := entry.Change.Verify(); err != nil {
			return nil, err
		}
		if err := entry.Change.clearHere(); err != nil {
			return nil, err
		}
		added, err := e.Ingest(tx, entry.Change)
		if err != nil {
			return nil, err
		}
		if added {
			fresh = append(fresh, entry.Change)
		} else if err := e.outdateAgain(tx, entry.Change); err != nil {
			return nil, err
		}
		if _, err := AppendStream(tx, news.Stream, entry.Change.ID()); err != nil {
			return nil, err
		}
		stamps = append(stamps, entry.Change.Stamp)
	}
	if err := meetStamps(tx, stamps, wallMillis); err != nil && !errors.Is(err, ErrNoNode) {
		return nil, err
	}
	return fresh, keepProof(tx, &news)
}

// Agrees reports whether a node's copy of a stream is the office's: same end,
// same salt, and the same digest, counted over the ids that are in the log here.
func Agrees(tx Tx, news News) (bool, error) {
	head, digest, err := StreamHead(tx, news.Stream)
	if err != nil {
		return false, err
	}
	return head == news.Head && digest == news.Digest, nil
}
