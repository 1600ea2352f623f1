package gupshup

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

func BenchmarkBuildTemplate(b *testing.B) {
	p, app, m := New(Config{}), testApp(), failedDelivery(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.BuildTemplate(b.Context(), app, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadReceipt(b *testing.B) {
	p := New(Config{})
	body := []byte(`{"status":"submitted","messageId":"5a1d0f6e-2222-4333-8444-0123456789ab"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ReadReceipt(http.StatusAccepted, nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseWebhook(b *testing.B) {
	p := New(Config{})
	bodies := conformance.Fixtures(b, testDir())
	for _, name := range []string{"delivered", "sent_pmp", "quick_reply_tap_old_shape", "v3_failed"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bodies[name])))
			for b.Loop() {
				if _, err := p.ParseWebhook(provider.App{}, bodies[name]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
