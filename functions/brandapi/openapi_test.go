package brandapi_test

import (
	"net/http"
	"os"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/openapi"
)

// described is the description that every answer is held to.
var described = openapi.New(brandapi.OpenAPI)

// TestMain requires that the tests have produced every answer that the description has.
func TestMain(m *testing.M) { os.Exit(described.Main(m)) }

// TestDescription holds that openapi.yaml is sound, with its examples, and has exactly the routes that are served.
func TestDescription(t *testing.T) {
	t.Parallel()
	described.Check(
		t, "GET /order/{id}", "GET /personal-details/{phone}", "GET /personal-details", "GET /get-orders/{phone}", "POST /cancel-order",
	)
}

// TestEveryRouteRefuses has each route refuse a caller without a key, a caller that asks too often, and everybody while the store fails.
func TestEveryRouteRefuses(t *testing.T) {
	t.Parallel()
	for path, body := range map[string]string{
		"/order/" + number:                 "",
		"/personal-details/" + shopper:     "",
		"/personal-details?email=" + email: "",
		"/get-orders/" + shopper:           "",
		"/cancel-order":                    `{"id":"` + number + `","cancellationReason":"ordered twice","cancelledBy":"bot"}`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "BRANDAPI_RATE", "1", "BRANDAPI_BURST", "2")
			w.keepAll()
			method := http.MethodGet
			if body != "" {
				method = http.MethodPost
			}

			w.want("no key", w.do(method, path, "", body), http.StatusUnauthorized, failure("401", "Unauthorized!!"))
			w.do(method, path, guest, body)
			rule, err := w.cloud.Rules().Add(cloud.Rule{Method: "RunQuery", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
			if err != nil {
				t.Fatal(err)
			}
			w.want("store fails", w.do(method, path, guest, body), http.StatusInternalServerError, failure("500", "Internal Server Error!!"))
			w.cloud.Rules().Remove(rule)
			w.want("too often", w.do(method, path, guest, body), http.StatusTooManyRequests, failure("429", "Too Many Requests!!"))
		})
	}
}
