package pages

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/cloudview"
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
		all[i].Body, all[i].Answer = cloudview.Indented([]byte(all[i].Body)), cloudview.Indented([]byte(all[i].Answer))
	}

	return all, nil
}
