package brandapi

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParseCancel holds that what is taken has an id and a reason of one short line.
func FuzzParseCancel(f *testing.F) {
	for _, seed := range []string{
		`{"id":"NC-1","cancellationReason":"x","cancelledBy":"bot"}`, `{"id":1,"cancellationReason":"","cancelledBy":"bot"}`,
		`{"id":null}`, `[]`, `{"id":"1","cancellationReason":"a\n\u2028b","cancelledBy":"bot"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := parseCancel(body)
		if err != nil {
			return
		}
		if strings.TrimSpace(w.id) == "" || utf8.RuneCountInString(w.reason) > maxReason || strings.ContainsAny(w.reason, "\r\n\x00") {
			t.Errorf("got %+v", w)
		}
	})
}

// FuzzRoute holds that no path reaches an operation without its argument.
func FuzzRoute(f *testing.F) {
	for _, seed := range []string{"/order/1", "/order/", "/order/a%2Fb", "/personal-details/1?email=a@b", "/cancel-order/x", "//order/1", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			return
		}
		op, arg := routeOf(u)
		if arg == "" && (op.name == getOrder.name || op.name == getByPhone.name || op.name == getLast.name) {
			t.Errorf("%s without an argument", op.name)
		}
	})
}
