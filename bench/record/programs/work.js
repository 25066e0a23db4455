// SPDX-License-Identifier: MIT
// Plain ECMAScript 5 for the small engines: objects, closures, arrays, strings, JSON.
var out = typeof print === 'function' ? print : console.log;
var seed = 11;
function random(limit) {
  seed = (seed * 16807) % 2147483647;
  return seed % limit;
}
function Point(x, y) {
  this.x = x;
  this.y = y;
}
Point.prototype.add = function (other) {
  return new Point(this.x + other.x, this.y + other.y);
};

var total = 0;
for (var round = 0; round < 6; round++) {
  var points = [];
  for (var i = 0; i < 4000; i++) points.push(new Point(random(100), random(100)));
  var sum = new Point(0, 0);
  points.forEach(function (point) {
    sum = sum.add(point);
  });
  var people = [];
  for (i = 0; i < 700; i++) {
    people.push({ id: i, name: 'n' + random(1000), friends: [random(700), random(700)] });
  }
  var text = JSON.stringify(people);
  var copy = JSON.parse(text);
  var names = {};
  copy.forEach(function (person) {
    (names[person.name] = names[person.name] || []).push(person.id);
  });
  var parts = Object.keys(names).sort().map(function (name) {
    return name.toUpperCase() + ':' + names[name].join('+');
  });
  total += parts.join(',').split('+').length + sum.x + text.replace(/"id"/g, 'i').length;
}
out(String(total));
