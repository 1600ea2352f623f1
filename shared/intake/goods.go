package intake

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// goodsContent is what WhatsApp tells of a cart, or of the product that a text is about (shared/provider/cloudapi/CONTRACT.md section 5.1).
type goodsContent struct {
	CatalogID string `json:"catalog_id"`
	Items     []struct {
		RetailerID string      `json:"product_retailer_id"`
		Quantity   json.Number `json:"quantity"`
		Price      json.Number `json:"item_price"`
		Currency   string      `json:"currency"`
	} `json:"product_items"`
	Product struct {
		CatalogID  string `json:"catalog_id"`
		RetailerID string `json:"product_retailer_id"`
	} `json:"referred_product"`
}

// publishGoods tells the platform of a question about a product, or of a cart. Nothing else is told.
func (i *Intake) publishGoods(ctx context.Context, r provider.ReplyEvent, s storedReply) error {
	var content goodsContent
	if len(r.Content) == 0 || json.Unmarshal(r.Content, &content) != nil {
		return nil //nolint:nilerr // it is something else
	}

	m := converse.CustomerMessage{
		ID:        s.Reply.ID,
		AccountID: s.Reply.AccountID,
		AppID:     s.Reply.AppID,
		From:      r.From,
		UserID:    r.UserID,
		At:        s.Reply.At.UTC().Format(time.RFC3339),
		OrderID:   s.Reply.OrderID,
		Text:      r.Text,
	}

	switch {
	case r.Type == "order":
		m.Kind, m.CatalogID = "order", content.CatalogID
		for _, item := range content.Items {
			quantity, _ := strconv.Atoi(item.Quantity.String())
			m.Items = append(m.Items, converse.CustomerGoods{
				RetailerID:  item.RetailerID,
				Quantity:    quantity,
				PriceMicros: order.ParseAmount(item.Price.String()).Micros,
				Currency:    strings.ToUpper(item.Currency),
			})
		}
	case content.Product.RetailerID != "":
		m.Kind, m.CatalogID = "product_question", content.Product.CatalogID
		m.Items = []converse.CustomerGoods{{RetailerID: content.Product.RetailerID}}
	default:
		return nil
	}

	return i.conversations.Publish(ctx, m)
}

// isAboutGoods reports whether a reply is a cart, or asks about a product.
func isAboutGoods(r provider.ReplyEvent) bool {
	var content goodsContent

	return r.Type == "order" || json.Unmarshal(r.Content, &content) == nil && content.Product.RetailerID != ""
}
