// The report: what it shows is in the page, and never changes.

show(JSON.parse($("data").textContent));
