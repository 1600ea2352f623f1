package intake

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// goodsContent is what WhatsApp tells of a cart, or of the product that a text is about (shared/provider/cloudapi/CONTRACT.md section 5.1).
// Numbers come as texts, too.
type goodsContent struct {
	CatalogID lenient.Text  `json:"catalog_id"`
	Items     []goodsInCart `json:"product_items"`
	// Old is the older name of Items (shared/provider/kaleyra/CONTRACT.md section 5.3).
	Old     []goodsInCart `json:"product_item"`
	Product struct {
		CatalogID  lenient.Text `json:"catalog_id"`
		RetailerID lenient.Text `json:"product_retailer_id"`
	} `json:"referred_product"`
}

type goodsInCart struct {
	RetailerID lenient.Text `json:"product_retailer_id"`
	Quantity   lenient.Text `json:"quantity"`
	Price      lenient.Text `json:"item_price"`
	Currency   lenient.Text `json:"currency"`
}

// publishGoods tells the platform of a question about a product, or of a cart, also of one in a form that nobody reads. Nothing else is told.
func (i *Intake) publishGoods(ctx context.Context, r provider.ReplyEvent, s storedReply) error {
	var content goodsContent
	if len(r.Content) == 0 || lenient.Decode(r.Content, &content) != nil && r.Type != "order" {
		return nil
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
		m.Kind, m.CatalogID = "order", string(content.CatalogID)
		for _, item := range slices.Concat(content.Items, content.Old) {
			quantity, _ := strconv.Atoi(string(item.Quantity))
			m.Items = append(m.Items, converse.CustomerGoods{
				RetailerID:  string(item.RetailerID),
				Quantity:    quantity,
				PriceMicros: order.ParseAmount(string(item.Price)).Micros,
				Currency:    item.Currency.Upper(),
			})
		}
	case content.Product.RetailerID != "":
		m.Kind, m.CatalogID = "product_question", string(content.Product.CatalogID)
		m.Items = []converse.CustomerGoods{{RetailerID: string(content.Product.RetailerID)}}
	default:
		return nil
	}

	return i.conversations.Publish(ctx, m)
}

// isAboutGoods reports whether a reply is a cart, or asks about a product.
func isAboutGoods(r provider.ReplyEvent) bool {
	var content goodsContent

	return r.Type == "order" || lenient.Decode(r.Content, &content) == nil && content.Product.RetailerID != ""
}
