<?php
// SPDX-License-Identifier: MIT
// Arrays, objects, closures and strings over a JSON document: argv[1].
class Person
{
    public function __construct(public int $id, public string $name, public array $tags) {}
    public function label(): string
    {
        return ucwords($this->name) . ' [' . implode('|', $this->tags) . ']';
    }
}
$records = json_decode(file_get_contents($argv[1]), true);
for ($round = 0; $round < 2; $round++) {
    $people = array_map(fn($r) => new Person($r['id'], $r['name'], $r['tags']), $records);
    usort($people, fn($a, $b) => strcmp($a->name, $b->name) ?: $a->id <=> $b->id);
    $groups = [];
    foreach ($people as $person) {
        $groups[strlen($person->name) % 17][] = $person->label();
    }
    $text = '';
    foreach ($groups as $size => $labels) {
        $text .= "$size: " . preg_replace('/(ba|ko)/', '<$1>', implode(', ', $labels)) . "\n";
    }
    echo strlen($text), ' ', strlen(json_encode($groups)), "\n";
}
