package businessonbot

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func seeds(f *testing.F, folder string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join(testDir(), folder, "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("seeds: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"items":[null,1,{"quantity":"9e99","customerPrice":"-.1"}],"orderDate":"0000"}`))
}

// FuzzParseDocument holds that whatever is read makes an object that encodes.
func FuzzParseDocument(f *testing.F) {
	seeds(f, "orders")
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDocument(data, nil)
		if err != nil {
			return
		}
		object, err := json.Marshal(d.Object("+919000000001"))
		if err != nil || !json.Valid(object) {
			t.Errorf("object: %v", err)
		}
		if d.Cancelled() && len(d.Lines) == 0 {
			t.Error("an order without lines is cancelled")
		}
	})
}

func FuzzParseCart(f *testing.F) {
	seeds(f, "events")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCart(data)
		if err != nil {
			return
		}
		if body, err := json.Marshal(c.body("+919000000001")); err != nil || c.CheckoutID == "" {
			t.Errorf("cart %s: %v", body, err)
		}
	})
}

// FuzzReadReceipt holds that only a 2xx that says success is one, and that errors are ours.
func FuzzReadReceipt(f *testing.F) {
	f.Add(200, []byte(`{"status":"success","statusCode":200}`))
	f.Add(200, []byte(`{"status":"failure","statusCode":"400","error":"Bad payload!!"}`))
	f.Add(502, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		receipt, err := New(Config{}).ReadReceipt(status, http.Header{}, body)
		switch {
		case err == nil && (status < 200 || status > 299 || receipt.ID != unnamed):
			t.Errorf("HTTP %d: got receipt %q", status, receipt.ID)
		case err != nil:
			if e, ok := err.(*provider.SendError); !ok || e.Class == "" { //nolint:errorlint // the very type is what is promised
				t.Errorf("HTTP %d: got %v", status, err)
			}
		}
	})
}
