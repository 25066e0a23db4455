; SPDX-License-Identifier: MIT
; Eight queens by distinctness, then bit-vector arithmetic: two kinds of search.
(declare-fun q (Int) Int)
(define-fun ok ((i Int) (j Int)) Bool
  (and (distinct (q i) (q j)) (distinct (- (q i) (q j)) (- i j)) (distinct (- (q i) (q j)) (- j i))))
(assert (and (<= 0 (q 0) 5) (<= 0 (q 1) 5) (<= 0 (q 2) 5) (<= 0 (q 3) 5) (<= 0 (q 4) 5) (<= 0 (q 5) 5)))
(assert (and (ok 0 1) (ok 0 2) (ok 0 3) (ok 0 4) (ok 0 5) (ok 1 2) (ok 1 3) (ok 1 4) (ok 1 5)))
(assert (and (ok 2 3) (ok 2 4) (ok 2 5) (ok 3 4) (ok 3 5) (ok 4 5)))
(check-sat)
(push)
(declare-const x (_ BitVec 20))
(declare-const y (_ BitVec 20))
(assert (= (bvmul x y) #x3a5f7))
(assert (bvugt x #x00011))
(assert (bvult x y))
(assert (= (bvand x #x0000f) #x00009))
(check-sat)
(pop)
