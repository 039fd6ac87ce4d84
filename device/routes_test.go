package device

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"raksa/web"
)

func TestEveryRouteOfThePagesIsServedAndNoOther(t *testing.T) {
	mux := (&pages{}).routes().(*http.ServeMux)
	asked := map[string]bool{}
	for _, route := range web.FieldRoutes {
		asked[route.Pattern] = true
		want := route.Method + " " + route.Pattern
		if _, served := mux.Handler(httptest.NewRequest(route.Method, route.Pattern, nil)); served != want {
			t.Errorf("pages ask for %s, and %q serves it", want, served)
		}
	}
	for pattern := range routes {
		if !asked[pattern] {
			t.Errorf("%s is served, and no page's table has it", pattern)
		}
	}
}
