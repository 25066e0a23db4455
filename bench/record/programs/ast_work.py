# SPDX-License-Identifier: MIT
"""Parses generated modules, rewrites their syntax trees, compiles and runs them."""
import ast


def module(number):
    lines = [f"x{number} = {number}"]
    for index in range(40):
        lines.append(f"def f{index}(a, b=({index}, 'k{number}')):")
        lines.append(f"    c = [a * k + {index} for k in range(b[0]) if k % {index % 7 + 1} == 0]")
        lines.append(f"    return sum(c) + len(b[1]) if a > {index} else {{'v': c, 'w': a}}")
    lines.append("total = sum(f%d(100) for _ in range(3))" % (number % 40))
    return "\n".join(lines)


class Double(ast.NodeTransformer):
    def visit_Constant(self, node):
        if isinstance(node.value, int) and node.value > 1:
            return ast.copy_location(ast.Constant(node.value * 2), node)
        return node


kept = []
for number in range(9):
    tree = Double().visit(ast.parse(module(number)))
    scope = {}
    exec(compile(tree, f"m{number}", "exec"), scope)
    if number % 3 == 0:
        kept.append(tree)
print(len(kept), sum(1 for tree in kept for _ in ast.walk(tree)))
