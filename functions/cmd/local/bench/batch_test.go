package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	// batchSize is how many statuses Meta may put into one callback, and the most messages of one publish request.
	batchSize  = 1000
	metaSecret = "meta-marigold-app-secret"
	metaNumber = "200000000000813"
	metaWABA   = "100000000000813"
)

// metaBatch is a callback of Meta with batchSize statuses.
func metaBatch() []byte {
	var b bytes.Buffer
	b.WriteString(`{"object":"whatsapp_business_account","entry":[{"id":"` + metaWABA + `","changes":[{"field":"messages","value":{` +
		`"messaging_product":"whatsapp","metadata":{"display_phone_number":"919000000803","phone_number_id":"` + metaNumber + `"},"statuses":[`)
	for i := range batchSize {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"id":"wamid.BATCH` + strconv.Itoa(i) + `","status":"delivered","timestamp":"1795000140","recipient_id":"919000000077",` +
			`"recipient_user_id":"IN.0000000077","pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}}`)
	}
	b.WriteString(`]}}]}]}`)
	return b.Bytes()
}

// BenchmarkMetaBatch posts callbacks of 1,000 statuses to the webhook: each is checked, split, and published in one call
// before it is answered. Function and local cloud share this process, so that the figure is less than either alone could do.
func BenchmarkMetaBatch(b *testing.B) {
	ctx := b.Context()
	cloud := testkit.Cloud(b, clock.Real{})
	f := boot.Function{
		Lookuper:      config.Map(world.Environment("http://localhost", world.Project)),
		Clock:         clock.Real{},
		Logger:        slog.New(slog.DiscardHandler),
		ClientOptions: cloud.ClientOptions(),
	}
	parts, err := inspect.Open(ctx, f)
	if err != nil {
		b.Fatal(err)
	}
	if err = world.EnsureSecrets(ctx, cloud.Secrets(), world.Project, demo.Secrets()...); err != nil {
		b.Fatal(err)
	}
	if err = cloud.EnsureTopics(ctx, topicName(world.ProviderEvents)); err != nil {
		b.Fatal(err)
	}
	err = parts.Store.PutWebhook(ctx, hookToken, store.Webhook{
		Provider: meta.Name, AppID: "meta-marigold", AccountID: "813", Signing: []string{metaSecret},
		ProviderIDs: map[string]string{meta.KeyPhoneNumberID: metaNumber, meta.KeyWABAID: metaWABA},
	})
	if err != nil {
		b.Fatal(err)
	}
	secret, err := parts.Secrets.Access(ctx, metaSecret)
	if err != nil {
		b.Fatal(err)
	}
	handler, err := webhook.New(ctx, f)
	if err != nil {
		b.Fatal(err)
	}
	body := metaBatch()
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write(body) // a hash takes everything
	signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	cloud.Calls().Reset()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/"+meta.Name+"/"+hookToken, bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Hub-Signature-256", signature)
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			b.Fatalf("the batch was answered %d %s", rec.Code, strings.TrimSpace(rec.Body.String()))
		}
	}
	b.ReportMetric(float64(b.N*batchSize)/b.Elapsed().Seconds(), "events/s")
	if got := cloud.Calls().Count("Publisher/Publish"); got != b.N {
		b.Errorf("%d batches took %d publish calls, want one each", b.N, got)
	}
}
