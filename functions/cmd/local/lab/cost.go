package lab

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// billed are the functions whose invocations an order can cause, in the order of a message's way. Those by which people look at it are not
// among them, nor is sweep, whose rounds are shared.
func billed() []string {
	return []string{"subscribe", "notify", "webhook", "receive", "brandapi"}
}

// Cost is what an order has cost so far, in all and by function.
type Cost struct {
	meter.Cost

	Functions []FunctionCost `json:"functions"`
	// Sweep is what the rounds of sweep that dealt with the order cost. It is not in the sum: a round is shared with everything else that is due.
	Sweep meter.Cost `json:"sweep"`
}

// FunctionCost is what the invocations of a function have cost.
type FunctionCost struct {
	Function string `json:"function"`
	meter.Cost
}

// getCost answers with what an order has cost.
func (l *Lab) getCost(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	id, err := orderIDOf(r)
	if err != nil {
		return err
	}

	c, err := l.Cost(r.Context(), id)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, c)
}

// Cost returns what the functions did for an order, each invocation whole: those that touched the order or a message of it, and those that
// touched its shopper and no other order. A webhook touches none of these, so it costs nothing here, and of an order without a
// message the shopper is not known. Looks by console and workspace are left out.
func (l *Lab) Cost(ctx context.Context, orderID string) (Cost, error) {
	messages, err := l.Store.MessagesOfOrderInAllAccounts(ctx, orderID)
	if err != nil {
		return Cost{}, err
	}

	own := map[string]bool{}
	for _, m := range messages {
		own["messages/"+m.ID] = true
		own["orders/"+store.OrderID(m.AccountID, orderID)] = true
	}

	shoppers := message.Customers(messages)

	ofOrder := func(document string) bool { return own[document] }
	ofShopper := func(document string) bool { return isOf(document, shoppers) }

	costs := l.Meter.Costs(func(i *meter.Invocation) bool {
		return i.Touched(ofOrder) || i.Touched(ofShopper) && !i.Touched(aboutOrders)
	})

	c := Cost{Functions: []FunctionCost{}, Sweep: costs["sweep"]}

	for _, function := range billed() {
		part, there := costs[function]
		if !there {
			continue
		}

		c.Functions = append(c.Functions, FunctionCost{function, part})
		c.Cost = c.Plus(part)
	}

	return c, nil
}

// isOf reports whether a document is one of some customers, or below one.
func isOf(document string, customers []string) bool {
	id, is := strings.CutPrefix(document, "customers/")
	id, _, _ = strings.Cut(id, "/")

	return is && slices.Contains(customers, id)
}

// aboutOrders reports whether a document is an order or a message.
func aboutOrders(document string) bool {
	return strings.HasPrefix(document, "orders/") || strings.HasPrefix(document, "messages/")
}
