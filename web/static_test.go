package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
)

func TestFontsAreTheOnesTheReadmeNames(t *testing.T) {
	readme, err := staticFiles.ReadFile("static/fonts/README.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := staticFiles.ReadDir("static/fonts")
	if err != nil {
		t.Fatal(err)
	}
	fonts := 0
	for _, e := range entries {
		if path.Ext(e.Name()) != ".woff2" {
			continue
		}
		fonts++
		body, _ := staticFiles.ReadFile("static/fonts/" + e.Name())
		sum := sha256.Sum256(body)
		if !strings.Contains(string(readme), hex.EncodeToString(sum[:])+"` | `"+e.Name()) {
			t.Errorf("%s does not have the digest of the README", e.Name())
		}
	}
	if fonts != 6 {
		t.Errorf("%d fonts, want 6", fonts)
	}
}

func TestStatic(t *testing.T) {
	get := func(p, etag string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", p, nil)
		r.Header.Set("If-None-Match", etag)
		Static().ServeHTTP(w, r)
		return w
	}
	font := get("/static/fonts/noto-sans-khmer-khmer-400-normal.woff2", "")
	if font.Code != 200 || font.Header().Get("Content-Type") != "font/woff2" {
		t.Errorf("font: %d %s", font.Code, font.Header().Get("Content-Type"))
	}
	script := get("/static/raksa.js", "")
	if !strings.HasPrefix(script.Header().Get("Content-Type"), "text/javascript") {
		t.Errorf("script: %s", script.Header().Get("Content-Type"))
	}
	if again := get("/static/raksa.js", script.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("again: %d", again.Code)
	}
	for _, p := range []string{"/static/../render.go", "/static/nothing", "/static/", "/"} {
		if got := get(p, "").Code; got != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", p, got)
		}
	}
}
