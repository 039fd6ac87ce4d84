package syncengine_test

import (
	"testing"

	"raksa/syncengine"
)

// The ids cover what a block holds, and not whether it is there: a withheld one
// leaves the id as it is. So the signature must.
func TestABlockThatIsTakenOutOfAnAnswerIsNoticed(t *testing.T) {
	c := newNode(t, 1).save(1, "q1", "yes")
	node := syncengine.NodeID{2}
	class := c.Digests[0].Class
	part := c.Withhold(func(one syncengine.Class) bool { return one != class })
	if part.ID() != c.ID() {
		t.Fatal("this is no test: the id tells")
	}
	for name, answer := range map[string]func(*syncengine.Change) *syncengine.Answer{
		"news": func(c *syncengine.Change) *syncengine.Answer {
			return &syncengine.Answer{News: []syncengine.News{{Stream: "center", Entries: []syncengine.Entry{{Position: 1, Change: c}}}}}
		},
		"records that were asked for": func(c *syncengine.Change) *syncengine.Answer {
			return &syncengine.Answer{Given: []*syncengine.Change{c}}
		},
	} {
		whole := answer(c).Digest(node)
		if answer(part).Digest(node) == whole {
			t.Errorf("%s: one signature for an answer with a block and without it", name)
		}
		if again := answer(c).Digest(node); again != whole {
			t.Errorf("%s: two digests of one answer", name)
		}
	}
}
