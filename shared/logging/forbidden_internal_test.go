package logging

import "testing"

func TestForbidden(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"phone", "Phone", "customer_phone", "contactPhone", "email", "customerName", "name", "token", "x-api-key", "apiKey",
		"request.body", "text", "authorization", "secret", "message_text",
	} {
		if !forbidden(key) {
			t.Errorf("%q is not masked", key)
		}
	}
	for _, key := range []string{"message_id", "order", "account_id", "route", "kind", "template", "error", "keys", "context", "attempt", "", "phone_hash"} {
		if forbidden(key) {
			t.Errorf("%q is masked", key)
		}
	}
}
