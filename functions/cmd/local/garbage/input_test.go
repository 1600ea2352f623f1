package garbage_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// wrapped is a push of data, as Pub/Sub wraps it.
func wrapped(data []byte, attributes map[string]string) []byte {
	b, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": base64.StdEncoding.EncodeToString(data), "attributes": attributes, "messageId": "1",
			"publishTime": "2024-02-13T10:00:00Z",
		},
		"subscription": "projects/local/subscriptions/garbage", "deliveryAttempt": 1,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// neem are the attributes of a callback of Neem's app.
func neem(kind string) map[string]string {
	return map[string]string{"kind": kind, "provider": "gupshup", "app": demo.NeemApp, "account": demo.NeemID}
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := testdata.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// padded is a sound body with blanks before it up to size bytes.
func padded(body []byte, size int) []byte {
	return append(bytes.Repeat([]byte{' '}, size-len(body)), body...)
}

// portalBody is the sound POST of Ira's order.
func portalBody() []byte {
	return []byte(`{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`)
}

func deep(n int) []byte {
	return []byte(strings.Repeat(`{"`+marker+`":[`, n/2) + `"` + marker + `"` + strings.Repeat(`]}`, n/2))
}
