package web

import "net/http"

// The policies differ in one word: the desk may submit native forms to
// itself; the tablet may not, because a browser keeps posted form data in its
// session-restore files (protection study, decision 7).
const (
	FieldPolicy = policyStart + "form-action 'none'; " + policyEnd
	DeskPolicy  = policyStart + "form-action 'self'; " + policyEnd

	policyStart = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; base-uri 'none'; "
	policyEnd = "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types raksa"
)

// SecureHeaders sets the protective headers on every answer of next.
// policy is FieldPolicy or DeskPolicy.
func SecureHeaders(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), "+
			"gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}
