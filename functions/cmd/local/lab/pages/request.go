package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
)

// maxRequests is how many of the newest requests about an order are shown.
const maxRequests = 12

// requestsOf returns the newest requests that simulated systems got about an order, the newest first, with the lines of what is JSON apart.
func (p *Pages) requestsOf(ctx context.Context, orderID string) ([]lab.Request, error) {
	all, err := p.Requests(ctx, lab.RequestFilter{OrderID: orderID, Clear: true})
	if err != nil {
		return nil, err
	}

	slices.Reverse(all)
	all = all[:min(len(all), maxRequests)]

	for i := range all {
		all[i].Body, all[i].Answer = indented(all[i].Body), indented(all[i].Answer)
	}

	return all, nil
}

// indented is a body that is JSON with its lines apart; any other as it came.
func indented(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}

	return b.String()
}
