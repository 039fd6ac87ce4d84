package device

import (
	"testing"
	"time"
)

func TestAPageGrowsWithTheLinkAndShrinksWithIt(t *testing.T) {
	p := &pace{}
	call := func(carried int, took time.Duration) { p.sped(carried, took); p.worked() }
	want := func(what string, bytes int) {
		t.Helper()
		if got := p.size(); got != bytes {
			t.Errorf("%s: %d bytes, want %d", what, got, bytes)
		}
	}
	want("at the start", pageBytesStart)
	call(pageBytesStart, time.Second)
	want("after a slow call", pageBytesStart)
	call(pageBytesStart, time.Second)
	want("after two", 2*pageBytesStart)
	call(2*pageBytesStart, 20*time.Millisecond)
	want("after a fast one", 8*pageBytesStart)
	call(100, 20*time.Millisecond)
	want("after a fast one that carried little, the second", pageBytesMax)
	call(pageBytesMax, 20*time.Millisecond)
	want("never more", pageBytesMax)
	p.failed()
	want("after a cut", pageBytesMax/2)
	call(pageBytesMax/2, -time.Hour)
	want("after a clock that went back", pageBytesMax/2)
	for range 20 {
		p.failed()
	}
	want("never less", pageBytesMin)
}
