package businessonbot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Caller is BusinessOnBot's bot asking a brand's own API (shared/provider/businessonbot/CONTRACT.md section 5.1): it has no other way to find an
// order or a shopper. The zero value of everything but BaseURL is fine.
type Caller struct {
	// BaseURL is the brand's address, without a slash at its end.
	BaseURL string
	// GuestID goes into the header x-guest-id; an empty one leaves the header out.
	GuestID string
	// Client makes the calls.
	Client *http.Client
}

// Answer is what a brand's API answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Order asks for one order by its id.
func (c Caller) Order(ctx context.Context, id string) (Answer, error) {
	return c.do(ctx, http.MethodGet, "/order/"+url.PathEscape(id), nil)
}

// CustomerByPhone asks for a shopper by number, in whatever spelling the bot has it.
func (c Caller) CustomerByPhone(ctx context.Context, phone string) (Answer, error) {
	return c.do(ctx, http.MethodGet, "/personal-details/"+url.PathEscape(phone), nil)
}

// CustomerByEmail asks for a shopper by e-mail address.
func (c Caller) CustomerByEmail(ctx context.Context, email string) (Answer, error) {
	return c.do(ctx, http.MethodGet, "/personal-details?email="+url.QueryEscape(email), nil)
}

// LastOrders asks for a shopper's last three orders.
func (c Caller) LastOrders(ctx context.Context, phone string) (Answer, error) {
	return c.do(ctx, http.MethodGet, "/get-orders/"+url.PathEscape(phone), nil)
}

// Cancel cancels an order on the shopper's word.
func (c Caller) Cancel(ctx context.Context, id, reason string) (Answer, error) {
	body, err := json.Marshal(map[string]string{"id": id, "cancellationReason": reason, "cancelledBy": "bot"})
	if err != nil {
		return Answer{}, fmt.Errorf("encode: %w", err)
	}
	return c.do(ctx, http.MethodPost, "/cancel-order", body)
}

func (c Caller) do(ctx context.Context, method, path string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.BaseURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("build the call: %w", err)
	}

	if c.GuestID != "" {
		req.Header.Set("X-Guest-Id", c.GuestID)
	}

	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}

	resp, err := c.Client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("call the brand: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}

	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: got}, nil
}
