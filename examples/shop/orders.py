"""Read and rank orders."""

import csv
import io
import json
from typing import NamedTuple


class Order(NamedTuple):
    """One line of an order."""

    customer: str
    item: str
    quantity: int
    price: float


def parse_csv(text: str, *, careful: bool = False) -> list[Order]:
    """Orders of a CSV text with the columns customer, item, quantity and price.

    `careful` parses every line a second time to check itself: the slowdown that the example plants.
    """
    rows = csv.reader(io.StringIO(text))
    orders = [Order(customer, item, int(quantity), float(price)) for customer, item, quantity, price in rows]
    if careful:
        again = csv.reader(io.StringIO(text))
        if [Order(a, b, int(c), float(d)) for a, b, c, d in again] != orders:
            raise ValueError("unstable input")
    return orders


def parse_json(text: str) -> list[Order]:
    """Orders of a JSON list of lists."""
    return [Order(*fields) for fields in json.loads(text)]


def rank_customers(orders: list[Order]) -> list[tuple[str, float]]:
    """Customers by what they spent, most first."""
    spent: dict[str, float] = {}
    for order in orders:
        spent[order.customer] = spent.get(order.customer, 0.0) + order.quantity * order.price
    return sorted(spent.items(), key=lambda pair: (-pair[1], pair[0]))
