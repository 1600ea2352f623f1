package order_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingPrintsTheShopper(t *testing.T) {
	t.Parallel()
	e := parseFixture(t, "returnShipment-created")
	o := parseOrder(t, string(readFile(t, ordersDir, "51230077.json")))
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{e, &e, []any{e, o}, o, &o, e.Customer, o.Address, struct{ E any }{e}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", slog.Any("event", e), slog.Any("order", o), slog.Any("customer", e.Customer), slog.Any("address", e.Address))
	}
	for _, secret := range []string{"9000000001", "Ira", "ira@", "Sample Street", "411001", "SOAP", "123 34"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is printed", secret)
		}
	}
	if want := "[kind=returnShipment/created order_id=51230077 account_id=811]"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not printed, but:\n%s", want, out.String())
	}
}
