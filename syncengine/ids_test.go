package syncengine_test

import (
	"strings"
	"testing"

	"raksa/syncengine"
)

func TestAnIDIsReadBackFromItsDigits(t *testing.T) {
	record, person, node, change := syncengine.RecordID(count(1, 16)), syncengine.PersonID(count(2, 16)), syncengine.NodeID(count(3, 16)), syncengine.ChangeID(count(4, 32))
	if got, err := syncengine.ParseRecordID(record.String()); err != nil || got != record {
		t.Errorf("record: %v, %v", got, err)
	}
	if got, err := syncengine.ParsePersonID(person.String()); err != nil || got != person {
		t.Errorf("person: %v, %v", got, err)
	}
	if got, err := syncengine.ParseNodeID(node.String()); err != nil || got != node {
		t.Errorf("node: %v, %v", got, err)
	}
	if got, err := syncengine.ParseChangeID(change.String()); err != nil || got != change {
		t.Errorf("change: %v, %v", got, err)
	}
	if record.Zero() || person.Zero() || node.Zero() || change.Zero() || !(syncengine.RecordID{}).Zero() {
		t.Error("zero is told from set wrongly")
	}
}

func TestWhatIsNoIDIsRefusedAndNotQuoted(t *testing.T) {
	for _, text := range []string{"", "sok", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("g", 32), strings.Repeat("0", 62)} {
		_, err := syncengine.ParseRecordID(text)
		if err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := syncengine.ParseChangeID(strings.Repeat("0", 32)); err == nil {
		t.Error("a record id is taken for a change id")
	}
}
